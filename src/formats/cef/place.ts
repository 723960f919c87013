/** Where a sign-in came from, as Graph estimates it. */
import type { Extension } from "./cef-event.ts";
import { joined, objectOf, textOf } from "./record-values.ts";

export const PLACE_LABELS = { cs4: "location", cfp1: "sourceLatitude", cfp2: "sourceLongitude" } as const;

/** Coordinates go to cfp1 and cfp2: the dictionary's own keys for them are not for senders. */
export function placeOf(location: unknown): Pick<Extension, "cs4" | "cfp1" | "cfp2"> {
  const { city, state, countryOrRegion, geoCoordinates } = objectOf(location);
  const { latitude, longitude } = objectOf(geoCoordinates);
  return {
    cs4: joined([textOf(city), textOf(state), textOf(countryOrRegion)], ", "),
    cfp1: finiteOf(latitude),
    cfp2: finiteOf(longitude),
  };
}

function finiteOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
