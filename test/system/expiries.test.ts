/** A daemon whose secret and whose collector's CA are about to end says so in its log and its metrics. */
import { expect, it } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { until } from "../support/poll.ts";
import { freePort } from "../support/ports.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { play } from "../support/scenario.ts";

const DAY_MS = 86_400_000;

function daysAhead(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString();
}

it.skipIf(!isRsyslogInstalled())("tells once what is about to expire, and again what a reload names", () =>
  play({}, async (scenario) => {
    const { daemon } = scenario;
    const { caFile } = await createAuthority(scenario.directory, "ca");
    const listen = `127.0.0.1:${await freePort()}`;
    const configure = (days: number) => {
      const config = scenario.config({ http: { listen } });
      const tenants = config.tenants.map((tenant) => ({
        ...tenant,
        credential: { secretFile: "secret", expires: daysAhead(days) },
      }));
      const secure = { name: "secure", type: "syslog", transport: "tls", host: "127.0.0.1", port: 1, tls: { caFile } };
      daemon.configure({ ...config, tenants, sinks: [...config.sinks, secure] });
    };
    const told = () => daemon.log.filter(({ code }) => code === "ERF1007");

    configure(5);
    await daemon.start();
    await until("both are told", () => told().length === 2);
    configure(0.5);
    await daemon.reload();
    await until("the new date is told", () => told().length === 3);
    const metrics = await (await fetch(`http://${listen}/metrics`)).text();

    expect(told()).toMatchObject([
      {
        level: "warn",
        subject: "tenant tenant-1: client secret",
        days: 5,
        remedy: expect.stringContaining("new client secret"),
      },
      { level: "warn", subject: "sink secure: CA", days: 30 },
      { level: "error", subject: "tenant tenant-1: client secret", days: 1 },
    ]);
    expect(metrics).toMatch(
      /^entra_risk_forwarder_credential_expiry_timestamp_seconds\{subject="sink secure: CA"\} \d+$/m,
    );
  }),
);
