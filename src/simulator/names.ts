/** The people, apps, places and policies of invented records. Addresses are those of RFC 5737 and RFC 3849. */
import type { GraphRecord } from "../core/event.ts";
import type { Random } from "./random.ts";

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly upn: string;
  readonly home: Place;
}

export interface Place {
  readonly city: string;
  readonly state: string;
  readonly country: string;
  readonly latitude: number;
  readonly longitude: number;
}

export interface App {
  readonly id: string;
  readonly name: string;
}

const FIRST_NAMES = [
  "Alice",
  "Bob",
  "Maja",
  "Søren",
  "Zoë",
  "Łukasz",
  "Noor",
  "Giulia",
  "Håkon",
  "Inés",
  "Chidi",
  "Yuki",
];
const LAST_NAMES = [
  "Berg",
  "Dahl",
  "Lindqvist",
  "O’Malley",
  "Müller",
  "Nowak",
  "van Dijk",
  "Rossi",
  "Okafor",
  "Tanaka",
];
const DOMAINS = ["contoso.com", "fabrikam.com"];

const PLACES: readonly Place[] = [
  { city: "Uppsala", state: "Uppsala lan", country: "SE", latitude: 59.8586, longitude: 17.6389 },
  { city: "Malmö", state: "Skåne", country: "SE", latitude: 55.60587, longitude: 13.00073 },
  { city: "Zürich", state: "Zürich", country: "CH", latitude: 47.37, longitude: 8.55 },
  { city: "Kraków", state: "Małopolskie", country: "PL", latitude: 50.0614, longitude: 19.9366 },
  { city: "São Paulo", state: "São Paulo", country: "BR", latitude: -23.5475, longitude: -46.6361 },
  { city: "Osaka", state: "Osaka", country: "JP", latitude: 34.6937, longitude: 135.5022 },
  { city: "Redmond", state: "Washington", country: "US", latitude: 47.674, longitude: -122.1215 },
];

export const APPS: readonly App[] = [
  { id: "2c8d5f71-e034-4b96-a2f8-19c7b6d0e453", name: "Outlook Web" },
  { id: "9a5c2e10-48d3-4f6b-b1a7-6e0f3d92c584", name: "Contoso Expenses" },
  { id: "73e1a0d9-6f42-4c85-bd17-5082e9c4f6ab", name: "Fabrikam Reports" },
  { id: "f4b80c62-d79e-4135-8a2b-e6510d3c9f78", name: "Microsoft Teams" },
];

export const RESOURCES: readonly App[] = [
  { id: "00000003-0000-0000-c000-000000000000", name: "Microsoft Graph" },
  { id: "00000002-0000-0ff1-ce00-000000000000", name: "Office 365 Exchange Online" },
  { id: "00000003-0000-0ff1-ce00-000000000000", name: "Office 365 SharePoint Online" },
];

export const USER_AGENTS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
  "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
];

const POLICY_GOALS = [
  "Require MFA",
  "Require compliant device",
  "Block legacy authentication",
  "Block unknown locations",
];
const POLICY_GROUPS = [
  "all users",
  "administrators",
  "guests | externals",
  "finance",
  "Entra-verbundene Geräte",
  "pilot",
];

/** A seeded directory of people, so that records of one person agree with each other. */
export function inventPeople(random: Random, count: number): readonly Person[] {
  return Array.from({ length: count }, (_, index) => {
    const first = random.pick(FIRST_NAMES);
    const last = random.pick(LAST_NAMES);
    const account = `${plain(first)}.${plain(last)}${index + 1}`;
    return {
      id: random.guid(),
      name: `${first} ${last}`,
      upn: `${account}@${random.pick(DOMAINS)}`,
      home: random.pick(PLACES),
    };
  });
}

/** Conditional access policies of a tenant, numbered as administrators number them. */
export function inventPolicies(random: Random, count: number): readonly App[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(2, "0");
    return { id: random.guid(), name: `CA${number} – ${random.pick(POLICY_GOALS)} (${random.pick(POLICY_GROUPS)})` };
  });
}

export function inventPlace(random: Random): Place {
  return random.pick(PLACES);
}

export function inventAddress(random: Random): string {
  if (random.chance(0.15)) return `2001:db8:${random.hex(3)}::${random.integer(1, 9999)}`;
  return `${random.pick(["192.0.2", "198.51.100", "203.0.113"])}.${random.integer(1, 254)}`;
}

/** A place as Graph writes it. */
export function locationOf({ city, state, country, latitude, longitude }: Place): GraphRecord {
  return { city, state, countryOrRegion: country, geoCoordinates: { altitude: null, latitude, longitude } };
}

/** A name as it stands in an account: ASCII letters in lower case. */
function plain(name: string): string {
  const letters = name.toLowerCase().replaceAll("ø", "o").replaceAll("ł", "l").normalize("NFD");
  return letters.replace(/[^a-z]/g, "");
}
