/** Whatever stops shows in /status, /metrics, the log and the SIEM, each with the same stable code. */
import { describe, it } from "vitest";
import { until } from "../support/poll.ts";
import { freePort } from "../support/ports.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, NOTHING_WRONG, play, type Scenario } from "../support/scenario.ts";

interface Case {
  readonly code: string;
  /** What stops, and how it shows: the notice, and what it is about. */
  readonly notice: string;
  readonly stop: (scenario: Scenario, dead: Dead) => void | Promise<void>;
}

/** A sink whose collector is not there, beside the one that is. */
interface Dead {
  readonly port: number;
}

const CASES: readonly Case[] = [
  {
    code: "ERF3007",
    notice: "streamParked",
    stop: ({ simulator }) => void simulator.fault({ kind: "permission-missing", source: "riskyUsers" }),
  },
  {
    code: "ERF2003",
    notice: "streamParked",
    stop: ({ simulator }) => {
      simulator.fault({ endpoint: "token", kind: "aadsts", number: 7000222 });
      simulator.fault({ kind: "token-refused" });
    },
  },
  {
    code: "ERF3003",
    notice: "streamFailing",
    stop: ({ simulator }) => void simulator.fault({ kind: "server-error", status: 503, body: "html" }),
  },
  {
    code: "ERF3002",
    notice: "streamThrottled",
    stop: ({ simulator }) => void simulator.fault({ kind: "throttle", source: "riskDetections" }),
  },
  {
    code: "ERF3008",
    notice: "streamResting",
    stop: ({ simulator }) => void simulator.fault({ kind: "licence-missing" }),
  },
  { code: "ERF4001", notice: "sinkFailing", stop: () => {} },
];

/** What is retried is told when it has lasted a minute, and Graph's pauses come on top. */
const DEADLINE_MS = 240_000;

async function text(url: string): Promise<string> {
  const response = await fetch(url);
  return response.text();
}

describe.skipIf(!isRsyslogInstalled())("one code everywhere (needs rsyslogd)", () => {
  it.concurrent.for(CASES)(
    "$code as $notice",
    { timeout: 2 * DEADLINE_MS },
    async ({ code, notice, stop }, { expect }) => {
      await play({}, async (scenario) => {
        const listen = `127.0.0.1:${await freePort()}`;
        const { sinks, ...config } = scenario.config();
        const dead = { port: await freePort() };
        const more = code.startsWith("ERF4") ? [{ ...sinks[0], name: "dead", port: dead.port }] : [];
        scenario.daemon.configure({ ...config, sinks: [...sinks, ...more], http: { listen } });
        scenario.show("signIns", every(3, 60_000));
        await scenario.daemon.start();
        await scenario.untilDelivered();

        await stop(scenario, dead);

        await until(
          `the SIEM hears of ${code}`,
          async () => {
            const told = await scenario.rsyslog.process.notices();
            return told.some((line) => line.includes(`|forwarder.${notice}|`) && line.includes(` reason=${code} `));
          },
          DEADLINE_MS,
        );
        const status: unknown = JSON.parse(await text(`http://${listen}/status`));
        const command = await scenario.daemon.run("status", "--config", "config.yaml");
        expect(JSON.stringify(status)).toContain(`"code":"${code}"`);
        expect(command.stdout).toContain(code);
        expect(await text(`http://${listen}/metrics`)).toMatch(new RegExp(`_condition\\{.*code="${code}"\\} 1`));
        expect(scenario.daemon.latestLog).toContainEqual(expect.objectContaining({ code }));
        expect(await scenario.compare()).toEqual(NOTHING_WRONG);
      });
    },
  );
});
