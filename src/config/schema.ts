/**
 * The configuration: one schema, from which the types and the JSON Schema in `config/` are made. An error text says
 * what was expected; `problems.ts` adds where and what was found.
 */
import { z } from "zod";
import { SOURCE_NAMES } from "../core/event.ts";
import { RISK_LEVELS } from "../deliver/selection.ts";
import { FORMAT_DEFINITIONS } from "../formats/registry.ts";
import { CLOUDS, type Cloud } from "../graph/clouds.ts";
import { SINK_DEFINITIONS } from "../sinks/registry.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../telemetry/log.ts";
import { crossChecks } from "./cross-checks.ts";
import { byteSize, date, duration } from "./values.ts";

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const LISTEN = /^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const guid = (of: string) => {
  const error = `the ${of}, a GUID such as 5611623b-9128-461e-9d7f-a0d9c270ead2`;
  return z.string({ error }).regex(GUID, { error }).describe(`The ${of}, a GUID.`);
};

const name = (of: string) => {
  const error = `the name of the ${of}: letters, digits, dot, underscore and hyphen, at most 63 characters`;
  return z.string({ error }).regex(NAME, { error }).describe(`Your name for the ${of}, used in logs and status.`);
};

const path = (what: string) =>
  z
    .string({ error: `a path: ${what}` })
    .min(1, { error: `a path: ${what}` })
    .describe(what);

const listen = () => {
  const error = "an address and a port up to 65535, such as 127.0.0.1:9464";
  return z
    .string({ error })
    .regex(LISTEN, { error, abort: true })
    .refine((address) => Number(address.slice(address.lastIndexOf(":") + 1)) <= 65_535, { error })
    .describe("Address of health, metrics and the status page.");
};

const cloudNames = Object.keys(CLOUDS).filter((key): key is Cloud => key in CLOUDS);

const variable = "the name of an environment variable (letters, digits and underscore), not the secret itself";

const credential = z
  .strictObject(
    {
      secretFile: path("File that holds the client secret.").optional(),
      secretEnv: z
        .string({ error: variable })
        .regex(VARIABLE, { error: variable })
        .optional()
        .describe("Environment variable that holds the client secret."),
      secretCredential: z.string().min(1).optional().describe("systemd credential (LoadCredential=) with the secret."),
      certificateFile: path("Certificate in PEM, with its chain if any.").optional(),
      privateKeyFile: path("Private key of the certificate in PEM, not encrypted.").optional(),
      expires: date("When the client secret expires; a certificate says it itself.").optional(),
    },
    { error: "a map: put the secret into a file and name it with secretFile" },
  )
  .describe("One client secret (file, environment variable or systemd credential), or a certificate with its key.");

const origin = (of: string) => {
  const error = `the origin of ${of}, such as https://host:8443 (http only on loopback)`;
  return z
    .string({ error })
    .regex(/^(https:\/\/[^/\s]+|http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?)$/, { error })
    .describe(`Origin of ${of}.`);
};

const endpoints = z
  .strictObject({
    login: origin("the token endpoint"),
    graph: origin("Microsoft Graph"),
    caFile: path("CA in PEM that signs both.").optional(),
  })
  .describe("Hosts that replace the cloud's own and are trusted as they are: tests, private clouds.");

const tenant = z.strictObject({
  name: name("tenant"),
  tenantId: guid("tenant's ID"),
  clientId: guid("application (client) ID"),
  cloud: z.enum(cloudNames).default("global").describe("National cloud; sets the token endpoint and Graph's host."),
  credential,
  sources: z.array(z.enum(SOURCE_NAMES)).min(1).optional().describe("Collections to read; default: all."),
  endpoints: endpoints.optional(),
});

const every = duration({ min: "10s", max: "24h" }).describe("Polling interval.");
const overlap = duration({ min: "0s", max: "1h" })
  .default("2m")
  .describe("How far each poll reaches back below the high-water mark.");
const sweeps = z
  .array(
    z.strictObject({
      every: duration({ min: "10s", max: "7d" }).describe("How often this tier is read again."),
      length: duration({ min: "1s", max: "29d" }).describe("How far it reaches back."),
    }),
  )
  .describe("Spans that are read again for records that appear late or change.");

const signIns = z.strictObject({
  every: every.default("60s"),
  backfill: duration({ min: "0s", max: "30d" }).default("24h").describe("How far the first start reaches back."),
  overlap,
  sweeps: sweeps.default([
    { every: "10m", length: "30m" },
    { every: "24h", length: "48h" },
  ]),
});

const riskDetections = z.strictObject({
  every: every.default("60s"),
  backfill: duration({ min: "0s", max: "90d" }).default("7d").describe("How far the first start reaches back."),
  overlap,
  sweeps: sweeps.default([
    { every: "1h", length: "6h" },
    { every: "24h", length: "72h" },
  ]),
});

const riskyUsers = z.strictObject({
  every: every.default("5m"),
  overlap,
  sweeps: sweeps
    .default([{ every: "24h", length: "24h" }])
    .describe("How often the whole table is listed again; the length does not matter."),
});

const A_RATE = "a number of messages a second from 1 to 100000";

/** What every sink has, whatever its type. */
const commonSink = {
  name: name("sink"),
  format: z.discriminatedUnion("type", [FORMAT_DEFINITIONS.cef.schema]).prefault({ type: "cef" }),
  tenants: z.array(z.string()).min(1).optional().describe("Names of the tenants whose events it gets; default: all."),
  sources: z.array(z.enum(SOURCE_NAMES)).min(1).optional().describe("Sources whose events it gets; default: all."),
  only: z
    .strictObject({
      minRiskLevel: z.enum(RISK_LEVELS).optional().describe("Only events with at least this risk level."),
      failed: z.boolean().optional().describe("Of the sign-ins, only failed ones."),
    })
    .optional()
    .describe("Only events with such content."),
  startFrom: z
    .enum(["present", "start"])
    .optional()
    .describe(
      "Where a new sink begins: at the present, which is the default, or at the oldest event that the log still has.",
    ),
  renamedFrom: z
    .string()
    .regex(NAME, { error: "the name that the sink had before" })
    .optional()
    .describe("Name that the sink had before: it takes over that one's place, dead letters and health, once."),
  maxPerSecond: z
    .int({ error: A_RATE })
    .min(1, { error: A_RATE })
    .max(100_000, { error: A_RATE })
    .optional()
    .describe("Messages that it gets in any second at most; default: no limit."),
};

const { syslog, relp } = SINK_DEFINITIONS;
const syslogSink = z.strictObject({ ...commonSink, ...syslog.shape }).superRefine(syslog.check);
const relpSink = z.strictObject({ ...commonSink, ...relp.shape }).superRefine(relp.check);

export const configSchema = z
  .strictObject({
    tenants: z.array(tenant).min(1, { error: "at least one tenant" }),
    sources: z
      .strictObject({
        signIns: signIns.prefault({}),
        riskDetections: riskDetections.prefault({}),
        riskyUsers: riskyUsers.prefault({}),
      })
      .prefault({}),
    sinks: z.array(z.discriminatedUnion("type", [syslogSink, relpSink])).min(1, { error: "at least one sink" }),
    store: z
      .strictObject({
        path: path("The state file; its directory must exist.").default("/var/lib/entra-risk-forwarder/state.db"),
        retain: duration({ min: "0s", max: "365d" }).default("7d").describe("How long delivered events are kept."),
        maxSize: byteSize({ min: "100MB" })
          .default("10GB")
          .describe("Size at which polling pauses until sinks deliver."),
      })
      .prefault({}),
    http: z
      .strictObject({
        listen: listen().default("127.0.0.1:9464"),
      })
      .prefault({}),
    log: z
      .strictObject({
        level: z.enum(LOG_LEVELS).default("info"),
        format: z.enum(LOG_FORMATS).default("json"),
      })
      .prefault({}),
  })
  .superRefine(crossChecks);

export type Config = z.output<typeof configSchema>;
export type TenantConfig = Config["tenants"][number];
export type SinkConfig = Config["sinks"][number];
