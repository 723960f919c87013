import { expect, it } from "vitest";
import { TransientError } from "../../../src/core/errors.ts";
import { Metrics } from "../../../src/telemetry/metrics.ts";
import { Renewals } from "../../../src/telemetry/renewals.ts";

it("tells a token that is not renewed once, its recovery once, and counts every failure", async () => {
  const lines: unknown[] = [];
  const note = (level: string) => (message: string, metadata?: object) => lines.push({ level, message, ...metadata });
  const log = { error: note("error"), warn: note("warn"), info: note("info"), debug: note("debug") };
  const metrics = new Metrics();
  const renewals = new Renewals(log, metrics);
  const trouble = new TransientError("ERF2011", "tenant contoso: the token endpoint fails (HTTP 503)");

  renewals.ended("one");
  renewals.ended("one", trouble);
  renewals.ended("one", trouble);
  renewals.ended("one");
  renewals.ended("one");

  expect(lines).toMatchObject([
    { level: "warn", tenantId: "one", code: "ERF2011", remedy: expect.stringContaining("retried") },
    { level: "info", tenantId: "one" },
  ]);
  expect(await metrics.text()).toContain(
    'entra_risk_forwarder_token_renewal_failures_total{tenant="one",code="ERF2011"} 2',
  );
});
