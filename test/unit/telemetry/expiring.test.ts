import { expect, it } from "vitest";
import type { Expiry } from "../../../src/core/expiry.ts";
import { Expiring } from "../../../src/telemetry/expiring.ts";
import { Metrics } from "../../../src/telemetry/metrics.ts";

const END = Date.parse("2027-03-01T00:00:00Z");
const DAY = 86_400_000;
const CA = { subject: "sink siem: CA", sink: "siem", remedy: "Renew it" };

function watch(expiry: Expiry) {
  const lines: unknown[] = [];
  const told: unknown[] = [];
  const note = (level: string) => (message: string, metadata?: object) => lines.push({ level, message, ...metadata });
  const log = { error: note("error"), warn: note("warn"), info: note("info"), debug: note("debug") };
  const metrics = new Metrics();
  const state = { now: 0, expiries: [expiry] };
  const expiring = new Expiring({
    read: () => state.expiries,
    metrics,
    log,
    now: () => state.now,
    onExpiring: ({ subject }, days) => told.push(`${subject} ${days}`),
  });
  const look = (daysBefore: number) => {
    state.now = END - daysBefore * DAY;
    expiring.look();
  };
  return { lines, told, metrics, state, look };
}

it("tells each threshold once, the last two as errors, and begins anew after a renewal", async () => {
  const { lines, told, metrics, state, look } = watch({ ...CA, expires: END });

  for (const days of [40, 30, 29.5, 14, 13, 7, 6, 1, 0.5, 0, -1]) look(days);
  const renewed = { ...CA, expires: END + 5 * DAY };
  state.expiries = [renewed];
  look(0);
  look(-0.5);

  const { remedy } = CA;
  expect(lines).toMatchObject([
    {
      level: "warn",
      code: "ERF1007",
      subject: "sink siem: CA",
      sink: "siem",
      days: 30,
      expires: "2027-03-01T00:00:00.000Z",
      remedy,
    },
    { level: "warn", days: 14 },
    { level: "warn", days: 7 },
    { level: "error", days: 1 },
    { level: "error", days: 0 },
    { level: "warn", days: 5, expires: "2027-03-06T00:00:00.000Z" },
  ]);
  expect(told).toEqual([30, 14, 7, 1, 0, 5].map((days) => `sink siem: CA ${days}`));
  expect(await metrics.text()).toContain(
    `entra_risk_forwarder_credential_expiry_timestamp_seconds{subject="sink siem: CA"} ${renewed.expires / 1_000}`,
  );
});
