/** What an operator reads about a configuration that is wrong, and what is never shown. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig, readConfig } from "../../../src/config/load.ts";
import { parseDuration, parseSize } from "../../../src/config/values.ts";

const directory = mkdtempSync(join(tmpdir(), "config-"));
const file = join(directory, "config.yaml");
const SECRET = "8Q~very-secret";

interface Parts {
  readonly credential?: string;
  readonly sink?: string;
  readonly rest?: string;
}

const DEFAULT_SINK = "{ name: siem, type: syslog, transport: tcp, host: 127.0.0.1 }";

function yaml({ credential = "{ secretFile: nowhere }", sink = DEFAULT_SINK, rest = "" }: Parts): string {
  const ids = "tenantId: 5611623b-9128-461e-9d7f-a0d9c270ead2, clientId: 2f9c1d0e-0000-4000-8000-000000000001";
  return `tenants: [{ name: contoso, ${ids}, credential: ${credential} }]\nsinks: [${sink}]\n${rest}`;
}

/** The message of the error that the text causes. */
function refusal(text: string): string {
  writeFileSync(file, text);
  try {
    readConfig(file);
  } catch (error) {
    expect(error).toMatchObject({ name: "ConfigError", code: "ERF1001" });
    return error instanceof Error ? error.message.replaceAll(file, "FILE") : "";
  }
  return "accepted";
}

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("a configuration", () => {
  it("is read without its secrets and files, and loaded only with them", () => {
    writeFileSync(file, yaml({ credential: "{ secretFile: ./nowhere }" }));

    expect(readConfig(file).tenants[0]?.name).toBe("contoso");
    const expected = "tenants[0].credential.secretFile: found ./nowhere, expected a readable file (ENOENT";
    expect(() => loadConfig(file, {})).toThrow(expected);
  });

  it("names the way to run by hand what systemd would start", () => {
    writeFileSync(file, yaml({ credential: "{ secretCredential: client-secret }" }));

    expect(() => loadConfig(file, {})).toThrow("run by hand: set CREDENTIALS_DIRECTORY to the directory that holds it");
  });

  it.each<[string, Parts, string]>([
    [
      "a type",
      { sink: "{ name: a, type: kafka }" },
      'FILE:2: sinks[0].type: found "kafka", expected one of syslog, relp',
    ],
    [
      "a format",
      { sink: "{ name: a, type: syslog, host: h, format: { type: leef } }" },
      'sinks[0].format.type: found "leef", expected cef',
    ],
    ["a level", { rest: "log: { level: loud }" }, 'log.level: found "loud", expected one of '],
    [
      "an address that is a number",
      { rest: "http: { listen: 19464 }" },
      "http.listen: found 19464, expected an address and a port up to 65535, such as 127.0.0.1:9464",
    ],
    ["a port too high", { rest: "http: { listen: '127.0.0.1:65536' }" }, 'http.listen: found "127.0.0.1:65536", exp'],
    [
      "a rate",
      { sink: "{ name: a, type: relp, host: h, maxPerSecond: 0 }" },
      "sinks[0].maxPerSecond: found 0, expected a number of messages a second from 1 to 100000",
    ],
    ["a map", { sink: "text" }, 'sinks[0]: found "text", expected a map'],
    [
      "a list",
      { sink: "{ name: a, type: syslog, host: h, tenants: contoso }" },
      'sinks[0].tenants: found "contoso", expected a list (each entry begins with -)',
    ],
    [
      "a boolean",
      { sink: "{ name: a, type: syslog, host: h, persistent: maybe }" },
      'found "maybe", expected true or false',
    ],
    [
      "a text",
      { sink: "{ name: a, type: syslog, host: h, tenants: [1] }" },
      "sinks[0].tenants[0]: found 1, expected a text",
    ],
    [
      "two tiers of one length",
      { rest: "sources: { signIns: { sweeps: [{ every: 10m, length: 60m }, { every: 24h, length: 1h }] } }" },
      'sources.signIns.sweeps[1].length: found "1h", expected a length that no other tier of it has',
    ],
    [
      "a source twice",
      { sink: "{ name: a, type: syslog, host: h, sources: [signIns, signIns] }" },
      'sinks[0].sources[1]: found "signIns", expected each name once',
    ],
    [
      "a tenant twice",
      { sink: "{ name: a, type: syslog, host: h, tenants: [contoso, contoso] }" },
      'sinks[0].tenants[1]: found "contoso", expected each name once',
    ],
    [
      "a former name that is in use",
      { sink: DEFAULT_SINK.replace("{ name: siem", "{ name: siem, renamedFrom: siem") },
      'sinks[0].renamedFrom: found "siem", expected the name of a sink that is not configured any more',
    ],
    [
      "a former name that two sinks claim",
      {
        sink: ["a", "b"]
          .map((name) => DEFAULT_SINK.replace("{ name: siem", `{ name: ${name}, renamedFrom: siem`))
          .join(", "),
      },
      'sinks[1].renamedFrom: found "siem", expected each name once',
    ],
    [
      "a tenant's source twice",
      { credential: "{ secretFile: nowhere }, sources: [signIns, signIns]" },
      'tenants[0].sources[1]: found "signIns", expected each name once',
    ],
  ])("is refused with what was expected instead of %s", (_name, parts, expected) => {
    expect(refusal(yaml(parts))).toContain(expected);
  });

  it.each([
    ["every: 5s", 'every: found "5s", expected a duration from 10s to 24h, such as 90s, 15m, 24h'],
    ["every: 60", "every: found 60, expected a duration from 10s to 24h, such as 90s, 15m, 24h (add the unit: 60s)"],
    ["backfill: 7d", "backfill: riskyUsers has no backfill: the whole table is read"],
    ["clientId: x", "clientId: unknown key"],
  ])("says of riskyUsers with %s what is possible", (text, expected) => {
    const message = refusal(yaml({ rest: `sources: { riskyUsers: { ${text} } }` }));

    expect(message).toMatch(/^FILE:3: sources\.riskyUsers\./);
    expect(message).toContain(expected);
    expect(message).not.toContain("did you mean clientId");
  });

  it.each([
    ["localhost:16514", false],
    ["a:b:c", false],
    ["siem.example.net", true],
    ["192.0.2.7", true],
    ["2001:db8::7", true],
    ["::ffff:192.0.2.7", true],
    ["fe80::1%eth0", true],
  ])("takes %s as a host: %s", (host, isHost) => {
    const message = refusal(yaml({ sink: `{ name: a, type: syslog, transport: tcp, host: "${host}" }` }));

    expect(message).toContain(isHost ? "accepted" : "a host name or an address of the collector, without a port");
  });

  it.each([
    ["a: !8Q~very-secret", "a value that begins with ! needs quotes"],
    ["a: 1\n---\nb: 2\n", "more than one document"],
  ])("that the parser would quote is told in our own words: %j", (text, expected) => {
    const message = refusal(text);

    expect(message).toContain(expected);
    expect(message).not.toContain(SECRET);
  });

  it.each(["", "# nothing\n", "---\n"])("that is empty is called empty: %j", (text) => {
    expect(refusal(text)).toBe("FILE: the file is empty");
  });

  it("that is no YAML says where to look", () => {
    expect(refusal("a: [1\nb: 2\n")).toMatch(
      /^FILE:\d+:\d+: not valid YAML: .* \(look at this line and those above it/,
    );
  });

  it("with aliases that cannot be resolved is refused without a stack", () => {
    const lists = [
      "a: &a [x]",
      ...["b", "c", "d"].map((name, n) => `${name}: &${name} [${`*${"abc"[n]},`.repeat(30)}]`),
    ];

    expect(refusal(lists.join("\n"))).toMatch(/^FILE: not valid YAML: Excessive alias count/);
    expect(refusal(`a: *${SECRET}`)).toBe(
      "FILE: not valid YAML: Unresolved alias (the anchor must be set before the alias)",
    );
  });

  it("with control characters is told in one line", () => {
    expect(refusal(yaml({ rest: '"a\\nERF9999 \\e[31m": 1' }))).toMatch(/^FILE:3: a ERF9999 {2}\[31m: unknown key$/);
  });
});

describe("a secret in the wrong place", () => {
  it.each([
    ["instead of the credential", `"${SECRET}"`, "credential: expected a map: put the secret into a file and name it"],
    [
      "as a variable's name",
      `{ secretEnv: "${SECRET}" }`,
      "credential.secretEnv: expected the name of an environment variable",
    ],
    ["below an unknown key", `{ secret: "${SECRET}" }`, "credential.secret: unknown key"],
    ["as a key", `{ "${SECRET}" }`, "credential: unknown key (not shown: it may be a secret)"],
  ])("%s is not shown", (_name, credential, expected) => {
    const message = refusal(yaml({ credential }));

    expect(message).toContain(`FILE:1: tenants[0].${expected}`);
    expect(message).not.toContain(SECRET);
  });
});

describe("values with a unit", () => {
  it("are whole numbers", () => {
    expect(parseDuration("1.1h")).toBe(3_960_000);
    expect(parseDuration("0.0701s")).toBe(70);
    expect(parseSize("1.1KB")).toBe(1_100);
    expect(parseDuration("soon")).toBeNaN();
  });
});
