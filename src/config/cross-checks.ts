/** What one key alone cannot tell: duplicates, references, exactly one credential. */
import type { z } from "zod";
import { parseDuration } from "./values.ts";

interface Checked {
  readonly tenants: readonly {
    readonly name: string;
    readonly tenantId: string;
    readonly credential: Readonly<Record<string, string | undefined>>;
    readonly sources?: readonly string[] | undefined;
  }[];
  readonly sources: Readonly<Record<string, { readonly sweeps: readonly { readonly length: string }[] }>>;
  readonly sinks: readonly {
    readonly name: string;
    readonly renamedFrom?: string | undefined;
    readonly tenants?: readonly string[] | undefined;
    readonly sources?: readonly string[] | undefined;
  }[];
}

type Path = readonly (string | number)[];

export function crossChecks(config: Checked, context: z.RefinementCtx): void {
  const report = (path: Path, message: string) => context.addIssue({ code: "custom", path: [...path], message });
  const tenantNames = config.tenants.map(({ name }) => name);
  reportRepeats(tenantNames, (index) => report(["tenants", index, "name"], "a name that no other tenant has"));
  reportRepeats(
    config.tenants.map(({ tenantId }) => tenantId.toLowerCase()),
    (index) => report(["tenants", index, "tenantId"], "a tenant that is not configured twice"),
  );
  reportRepeats(
    config.sinks.map(({ name }) => name),
    (index) => report(["sinks", index, "name"], "a name that no other sink has"),
  );
  reportRenames(config.sinks, (index, message) => report(["sinks", index, "renamedFrom"], message));
  for (const [source, { sweeps }] of Object.entries(config.sources)) {
    // Progress is kept by a tier's length, so 1h and 60m would share it.
    reportRepeats(
      sweeps.map(({ length }) => parseDuration(length)),
      (index) => report(["sources", source, "sweeps", index, "length"], "a length that no other tier of it has"),
    );
  }
  for (const [index, { credential }] of config.tenants.entries()) {
    const { expires, ...places } = credential;
    if (!isOneCredential(places)) report(["tenants", index, "credential"], ONE_CREDENTIAL);
    if (expires !== undefined && places["certificateFile"] !== undefined)
      report(["tenants", index, "credential", "expires"], NO_EXPIRES);
  }
  for (const [index, { sources = [] }] of config.tenants.entries()) {
    reportRepeats(sources, (place) => report(["tenants", index, "sources", place], ONCE));
  }
  for (const [index, { tenants = [], sources = [] }] of config.sinks.entries()) {
    reportRepeats(tenants, (place) => report(["sinks", index, "tenants", place], ONCE));
    reportRepeats(sources, (place) => report(["sinks", index, "sources", place], ONCE));
    for (const [place, tenant] of tenants.entries()) {
      if (tenantNames.includes(tenant)) continue;
      report(["sinks", index, "tenants", place], `the name of a configured tenant (${tenantNames.join(", ")})`);
    }
  }
}

/** A former name that is still in use, or that two sinks claim, is no former name. */
function reportRenames(sinks: Checked["sinks"], report: (index: number, message: string) => void): void {
  for (const [index, { renamedFrom }] of sinks.entries()) {
    if (renamedFrom === undefined) continue;
    if (sinks.some(({ name }) => name === renamedFrom))
      report(index, "the name of a sink that is not configured any more");
    if (sinks.findIndex((other) => other.renamedFrom === renamedFrom) < index) report(index, ONCE);
  }
}

const ONCE = "each name once";

const ONE_CREDENTIAL =
  "exactly one of secretFile, secretEnv, secretCredential, or certificateFile together with privateKeyFile";

const NO_EXPIRES = "no date beside a certificate: its file says when it expires";

function isOneCredential(credential: Readonly<Record<string, string | undefined>>): boolean {
  const given = Object.keys(credential).filter((key) => credential[key] !== undefined);
  if (given.length === 1) return given[0]?.startsWith("secret") ?? false;
  return given.length === 2 && given.includes("certificateFile") && given.includes("privateKeyFile");
}

function reportRepeats(values: readonly (string | number)[], report: (index: number) => void): void {
  for (const [index, value] of values.entries()) {
    if (values.indexOf(value) < index) report(index);
  }
}
