/** What the forwarder tells the SIEM about itself, as a real collector stores it. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { parseCef } from "../support/cef-line.ts";
import { said } from "../support/daemon.ts";
import { until } from "../support/poll.ts";
import { agreeable, RelpServer, rsp } from "../support/relp-server.ts";
import { every, NOTHING_WRONG, play, type Scenario } from "../support/scenario.ts";

interface Told {
  readonly signature: string;
  readonly severity: string;
  readonly fields: Readonly<Record<string, string>>;
}

async function told(scenario: Scenario): Promise<Told[]> {
  const lines = await scenario.rsyslog.process.notices();
  return lines.map((line) => {
    const { header, fields } = parseCef(line.slice(line.indexOf("CEF:0")));
    return { signature: header[4] ?? "", severity: header[6] ?? "", fields: Object.fromEntries(fields) };
  });
}

function untilTold(scenario: Scenario, signature: string, count = 1): Promise<void> {
  return until(`${signature} is told`, async () => {
    return (await told(scenario)).filter((notice) => notice.signature === signature).length >= count;
  });
}

it("tells of start, first read, parking with its remedy, recovery and stop, each once and in no ledger", {
  concurrent: true,
}, async () => {
  await play({}, async (scenario) => {
    scenario.show("signIns", every(20, 60_000));
    scenario.daemon.configure(scenario.config());
    await scenario.daemon.start();
    await scenario.untilDelivered();
    const fault = scenario.simulator.fault({ kind: "permission-missing", source: "riskyUsers" });
    await untilTold(scenario, "forwarder.streamParked");
    fault.clear();
    await scenario.daemon.stop();
    await scenario.daemon.start();
    await untilTold(scenario, "forwarder.streamRecovered");
    await scenario.daemon.stop();

    const notices = await told(scenario);
    expect(notices.map(({ signature }) => signature)).toEqual(expect.arrayContaining(["forwarder.reReadFinished"]));
    const parked = notices.filter(({ signature }) => signature === "forwarder.streamParked");
    expect(parked).toMatchObject([
      {
        severity: "8",
        fields: {
          reason: "ERF3007",
          outcome: "blocked",
          cs1: "riskyUsers",
          cs1Label: "source",
          deviceExternalId: scenario.tenants[0]!.tenantId,
          msg: expect.stringMatching(/IdentityRiskyUser\.Read\.All.*Remedy: /),
        },
      },
    ]);
    expect(notices.filter(({ signature }) => signature === "forwarder.stopping")).toHaveLength(2);
    expect(new Set(notices.map(({ fields }) => fields["devicePayloadId"])).size).toBe(notices.length);
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  });
});

it("tells that the run before was killed", { concurrent: true }, async () => {
  await play({}, async (scenario) => {
    scenario.show("signIns", every(20, 60_000));
    scenario.daemon.configure(scenario.config());
    await scenario.daemon.start();
    await scenario.untilDelivered();
    await untilTold(scenario, "forwarder.started");
    await scenario.daemon.stop("SIGKILL");
    const dead = await scenario.daemon.run("status", "--config", "config.yaml");
    await scenario.daemon.start();
    await untilTold(scenario, "forwarder.started", 2);
    await scenario.daemon.stop();
    await scenario.daemon.start();
    await untilTold(scenario, "forwarder.started", 3);

    const started = (await told(scenario)).filter(({ signature }) => signature === "forwarder.started");
    expect(dead).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("ERF6002") });
    expect(started.map(({ fields }) => fields["reason"])).toEqual([undefined, "ERF6002", undefined]);
    expect(scenario.daemon.log).toContainEqual(
      expect.objectContaining({ message: "the run before did not end by itself", code: "ERF6002" }),
    );
  });
});

it("tells at the next start of what a stop has rejected", { concurrent: true }, async () => {
  let refuse: (() => void) | undefined;
  const collector = new RelpServer((frame, socket) => {
    const isFirst = frame.data.includes("|signIn.") && refuse === undefined;
    if (!isFirst) return agreeable(frame);
    refuse = () => void socket.write(rsp(frame, "500 not this one"));
    return undefined;
  });
  const letters = () => collector.frames.filter(({ data }) => data.includes("|forwarder.deadLetters|"));
  const port = await collector.start();
  await play({}, async (scenario) => {
    scenario.daemon.configure(scenario.config({ sinks: [{ name: "siem", type: "relp", host: "127.0.0.1", port }] }));
    scenario.show("signIns", every(20, 60_000));
    await scenario.daemon.start();
    await until("an answer is awaited", () => refuse !== undefined);
    const stopped = scenario.daemon.stop();
    await sleep(1_000);
    refuse?.();
    expect(await stopped).toBe(0);
    expect(said(scenario.daemon.log, "events rejected, kept as dead letters")).toBe(1);
    expect(letters()).toEqual([]);

    await scenario.daemon.start();
    await until("it is told", () => letters().length === 1);
    await scenario.daemon.stop();
  });
  await collector.stop();
});
