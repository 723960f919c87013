/** What `/metrics` answers, over HTTP: one look for all who ask, in the encoding that each takes. */

import { type IncomingMessage, request } from "node:http";
import { gunzipSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { TransientError } from "../../../src/core/errors.ts";
import { Exposition } from "../../../src/telemetry/exposition.ts";
import { HttpEndpoint } from "../../../src/telemetry/http.ts";
import { LiveStatus } from "../../../src/telemetry/live-status.ts";
import { Metrics } from "../../../src/telemetry/metrics.ts";
import type { Observation } from "../../../src/telemetry/observation.ts";
import { freePort } from "../../support/ports.ts";
import { configuredWith, NOW, sinkOf, streamOf } from "../../support/report.ts";

const OBSERVATION: Observation = {
  version: "1.0.0",
  now: NOW,
  state: { streams: [streamOf(1)], sinks: [sinkOf("siem")], replays: [], events: 1, bytes: 1 },
  configured: configuredWith(1, ["siem"]),
  graph: { tenants: [], apps: [] },
  isPaused: false,
};

/** An endpoint whose every look is counted; answers the URL. */
async function scene(observed: () => Observation = () => OBSERVATION) {
  const looks: number[] = [];
  const look = async () => {
    looks.push(NOW);
    return observed();
  };
  const listen = `127.0.0.1:${await freePort()}`;
  const live = new LiveStatus(
    { look: async () => OBSERVATION.state, version: "1.0.0", expiries: () => [], now: () => NOW },
    OBSERVATION.configured,
  );
  const exposition = new Exposition(new Metrics(), look);
  const endpoint = new HttpEndpoint({ listen, exposition, isReady: () => true, live });
  await endpoint.start();
  onTestFinished(() => endpoint.stop());
  return { looks, url: `http://${listen}/metrics` };
}

/** The bytes as they come, which fetch would take the gzip off. */
async function scrape(url: string, encodings: string | undefined) {
  const headers = encodings === undefined ? {} : { "accept-encoding": encodings };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(url, { headers }, resolve).on("error", reject).end();
  const response = await promise;
  return { encoding: response.headers["content-encoding"], body: Buffer.concat(await response.toArray()) };
}

it("is made with one look for all who ask at the same time", async () => {
  const { looks, url } = await scene();

  const answers = await Promise.all(Array.from({ length: 100 }, async () => (await fetch(url)).text()));

  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toContain('entra_risk_forwarder_sink_accepted_total{sink="siem"}');
  expect(looks.length).toBeLessThan(20);
});

it.each(["gzip", "br, gzip"])("is packed for who takes %s", async (encodings) => {
  const { url } = await scene();

  const packed = await scrape(url, encodings);
  const plain = await scrape(url, undefined);

  expect([packed.encoding, plain.encoding]).toEqual(["gzip", undefined]);
  expect(gunzipSync(packed.body)).toEqual(plain.body);
});

it.each(["gzip;q=0", "identity", "x-gzip-not"])("is plain for who asks for %s", async (encodings) => {
  const { url } = await scene();

  const { encoding, body } = await scrape(url, encodings);

  expect(encoding).toBeUndefined();
  expect(body.toString()).toContain("# TYPE entra_risk_forwarder_sink_accepted_total counter");
});

it("is told again as soon as the state can be read", async () => {
  let isBroken = true;
  const { url } = await scene(() => {
    if (isBroken) throw new TransientError("ERF5004", "cannot write state.db: disk full");
    return OBSERVATION;
  });

  const refused = await fetch(url);
  isBroken = false;
  const told = await fetch(url);

  expect([refused.status, await refused.text()]).toEqual([503, "ERF5004 cannot write state.db: disk full\n"]);
  expect(told.status).toBe(200);
});
