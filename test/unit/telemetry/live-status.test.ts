/** What the running daemon tells over HTTP, and what that costs. */
import { describe, expect, it, onTestFinished } from "vitest";
import { TransientError } from "../../../src/core/errors.ts";
import type { StoreStatus } from "../../../src/store/store.ts";
import { Exposition } from "../../../src/telemetry/exposition.ts";
import { HttpEndpoint } from "../../../src/telemetry/http.ts";
import { LiveStatus } from "../../../src/telemetry/live-status.ts";
import { Metrics } from "../../../src/telemetry/metrics.ts";
import { freePort } from "../../support/ports.ts";
import { configuredWith, NOW, sinkOf, streamOf } from "../../support/report.ts";

const STATE: StoreStatus = { streams: [streamOf(1)], sinks: [sinkOf("siem")], replays: [], events: 1, bytes: 1 };

/** What is told of a state that is looked at so; answers where, and counts the looks. */
async function scene(state: () => StoreStatus = () => STATE) {
  const looks: number[] = [];
  const look = async () => {
    looks.push(NOW);
    return state();
  };
  const live = new LiveStatus(
    { look, version: "1.0.0", expiries: () => [], now: () => NOW },
    configuredWith(1, ["siem"]),
  );
  const listen = `127.0.0.1:${await freePort()}`;
  const exposition = new Exposition(new Metrics(), () => Promise.reject(new Error("not asked for")));
  const endpoint = new HttpEndpoint({ listen, exposition, isReady: () => true, live });
  await endpoint.start();
  onTestFinished(() => endpoint.stop());
  return { live, looks, url: `http://${listen}/status` };
}

describe("the status over HTTP", () => {
  it("is told with one look to all who ask at the same time", async () => {
    const { looks, url } = await scene();

    const answers = await Promise.all(Array.from({ length: 100 }, async () => (await fetch(url)).text()));

    expect(new Set(answers).size).toBe(1);
    expect(JSON.parse(answers[0] ?? "")).toMatchObject({ running: true, version: "1.0.0", started: NOW, time: NOW });
    // Asking may take longer than the second for which a look is shared.
    expect(looks.length).toBeLessThan(20);
  });

  it("is kept by nobody and read by no other site", async () => {
    const { url } = await scene();

    const { headers, status } = await fetch(url, { method: "HEAD" });

    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      "cache-control": "no-store",
      "content-type": "application/json; charset=utf-8",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
    expect(headers.has("access-control-allow-origin")).toBe(false);
  });

  it("says with its code that the state cannot be read, and tells again when it can", async () => {
    let isBroken = true;
    const { live, url } = await scene(() => {
      if (isBroken) throw new TransientError("ERF5004", "cannot write state.db: disk full");
      return STATE;
    });

    const refused = await fetch(url);
    isBroken = false;
    live.follow(configuredWith(1, []));
    const told = await fetch(url);

    expect([refused.status, await refused.text()]).toEqual([503, "ERF5004 cannot write state.db: disk full\n"]);
    expect(JSON.parse(await told.text())).toMatchObject({ sinks: [{ name: "siem", configured: false }] });
  });

  it("remembers what was accepted and what waited", async () => {
    const { live } = await scene();

    live.accepted([{ level: "high", type: "passwordSpray" }]);
    await live.tick(NOW);

    expect(live.history()).toMatchObject({
      minutes: [NOW],
      types: { passwordSpray: [1] },
      lagMs: { signIns: [12_000] },
      pending: { siem: [0] },
    });
  });
});
