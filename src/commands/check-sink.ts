/** A sink as its collector answers it: its name's address, its TLS, and a test record sent the way that events go. */
import { hostname } from "node:os";
import type { SinkConfig } from "../config/schema.ts";
import { daysLeft, thresholdOf } from "../core/expiry.ts";
import { createFormat } from "../formats/registry.ts";
import { testRecord } from "../formats/test-record.ts";
import { collectorOf, createSink } from "../sinks/registry.ts";
import type { Guarantee, Sink } from "../sinks/sink.ts";
import { inspectTls } from "../sinks/wire/inspect.ts";
import type { TlsFacts } from "../sinks/wire/tls.ts";
import { type Finding, type Probe, type Probes, trouble, type Verdict } from "./check-finding.ts";
import { isName, resolve } from "./check-network.ts";

/** What is known of a test record once it is sent. */
const PROOFS: Readonly<Record<Guarantee, string>> = {
  acknowledged: "acknowledged: the collector has answered for it",
  "confirmed-late": "confirmed: the collector has read it and was still there afterwards",
  "best-effort": "sent, and nothing answers for it: look for it in the SIEM",
};

const TEST_MESSAGE = "sent by the command check; it stands for no event and can be ignored";

export interface SinkToCheck {
  readonly config: SinkConfig;
  readonly version: string;
}

/** Each step needs the one before. */
export async function checkSink({ config, version }: SinkToCheck, probes: Probes): Promise<Finding[]> {
  const warnings: Finding[] = [];
  const subject = `sink ${config.name}`;
  const warn = (message: string) => void warnings.push({ subject, outcome: "warned", message });
  const sink = createSink(config, { hostname: hostname(), warn });
  const collector = collectorOf(config);
  const steps: [string, (signal: AbortSignal) => Promise<Verdict | undefined>][] = [
    ["test record", (signal) => sendTestRecord({ sink, config, version }, signal)],
  ];
  if (collector.tls) {
    steps.unshift(["TLS", async (signal) => verdictOn(await inspectTls(collector, signal), Date.now())]);
  }
  if (isName(config.host)) steps.unshift(["DNS", () => resolve(config.host, "ERF4001")]);
  const found: Finding[] = [];
  try {
    for (const [step, attempt] of steps) {
      const probe: Probe = { subject: `${subject}: ${step}`, late: "ERF4001" };
      const finding = await probes.run(probe, attempt);
      found.push(finding);
      if (finding.outcome === "failed") break;
    }
  } finally {
    await sink.close();
  }
  return [...warnings, ...found];
}

function verdictOn(facts: TlsFacts | undefined, now: number): Verdict | undefined {
  if (facts === undefined) return undefined;
  const { protocol, chain, expires } = facts;
  const [name, ...signers] = chain;
  const signed = signers.length === 0 ? "by itself" : `by ${signers.join(", which is signed by ")}`;
  const found = `${protocol}, ${name} signed ${signed}, until ${new Date(expires).toISOString().slice(0, 10)}`;
  if (thresholdOf(expires, now) === undefined) return { message: found };
  const days = daysLeft(expires, now);
  return trouble("warned", "ERF1007", `${found}: ${days} days left`, "Renew the collector's certificate");
}

async function sendTestRecord(
  { sink, config, version }: SinkToCheck & { readonly sink: Sink },
  signal: AbortSignal,
): Promise<Verdict> {
  const format = createFormat(config.format, { version, hostname: hostname() });
  const record = testRecord(sink, format, { seq: 1, time: Date.now(), message: TEST_MESSAGE });
  const receipt = await sink.send([record], signal);
  if (receipt.failure) throw receipt.failure;
  const [rejection] = receipt.rejected;
  if (rejection) return trouble("failed", "ERF4010", rejection.reason.replace(/^ERF\d+ /, ""));
  const { failure } = await sink.flush(signal);
  if (failure) throw failure;
  return { message: `forwarder.test ${PROOFS[sink.guarantee]}` };
}
