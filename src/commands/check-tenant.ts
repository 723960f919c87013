/** A tenant as Microsoft answers it: its token, one record of each source, and how far this host's clock is off. */
import type { TenantConfig } from "../config/schema.ts";
import { sourcesOf } from "../config/settings.ts";
import type { GraphClient } from "../graph/graph-client.ts";
import { SOURCES } from "../sources/registry.ts";
import type { Source } from "../sources/source.ts";
import { type Finding, type Probes, trouble, type Verdict } from "./check-finding.ts";

/** An assertion with a certificate is refused from a skew of some minutes on. */
const SKEW_FAILS_MS = 300_000;
const SKEW_WARNS_MS = 60_000;

/** Without a token the sources are not asked: each would only repeat the token's error. */
export async function checkTenant(tenant: TenantConfig, graph: GraphClient, probes: Probes): Promise<Finding[]> {
  const token = await probes.run({ subject: `tenant ${tenant.name}: token`, late: "ERF2001" }, async (signal) => {
    await graph.connect(signal);
    return undefined;
  });
  if (token.outcome !== "passed") return [token];
  const sources = sourcesOf(tenant).map((name) =>
    probes.run({ subject: `tenant ${tenant.name}: ${name}`, late: "ERF3001" }, (signal) =>
      readOne(SOURCES[name], graph, signal),
    ),
  );
  return [token, ...(await Promise.all(sources))];
}

/** One request. */
async function readOne(source: Source, graph: GraphClient, signal: AbortSignal): Promise<undefined> {
  const present = await graph.connect(signal);
  const pages = source.pages({ from: present - 60_000, top: 1, priority: "head" }, graph, signal);
  await pages[Symbol.asyncIterator]().next();
}

/** Microsoft's time is that of its latest answer, refusals included; undefined where it gave none. */
export function checkClock(theirs: number | undefined, ours: number): Finding[] {
  if (theirs === undefined) return [];
  return [{ subject: "clock", outcome: "passed", ...verdictOn(ours - theirs) }];
}

function verdictOn(skewMs: number): Verdict {
  const size = Math.abs(skewMs);
  const seconds = Math.round(size / 1_000);
  if (seconds <= 2) return { message: "as Microsoft's" };
  const found = `${spanText(seconds)} ${skewMs > 0 ? "ahead of" : "behind"} Microsoft's`;
  if (size < SKEW_WARNS_MS) return { message: found };
  const effect = "certificates may be refused and times in the log mislead; what is read goes by Microsoft's clock";
  return trouble(size < SKEW_FAILS_MS ? "warned" : "failed", "ERF2009", `${found}: ${effect}`);
}

function spanText(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
