/** A UDP sink in a process that has run out of file descriptors. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../../src/", import.meta.url).href;

/** Sends while no socket can be made, and again when one can. */
const STORY = `
import { closeSync, openSync } from "node:fs";
import { lookup } from "node:dns/promises";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { UdpSink } from "${ROOT}sinks/syslog/udp-sink.ts";

const receiver = createSocket("udp4").bind(0, "127.0.0.1");
await once(receiver, "listening");
const arrived = once(receiver, "message");
await lookup("127.0.0.1");
const sender = { facility: "local0", hostname: "h", processId: 1 };
const sink = new UdpSink(
  "siem",
  { host: "127.0.0.1", port: receiver.address().port, connectTimeoutMs: 1_000, stallTimeoutMs: 1_000 },
  { header: "rfc5424", framing: "none", sender, maxMessageBytes: 8_000 },
);
const send = () => sink.send([{ seq: 1, source: "signIns", time: 0, text: Buffer.from("x") }], new AbortController().signal);

const used = [];
try {
  for (;;) used.push(openSync("/dev/null", "r"));
} catch (error) {
  if (error.code !== "EMFILE") throw error;
}
const failure = await send().catch((error) => error);
for (const file of used) closeSync(file);
const receipt = await send();
await arrived;
console.log(JSON.stringify({ used: used.length > 0, code: failure.code, confirmed: receipt.confirmed }));
process.exit(0);
`;

describe("a UDP sink whose socket cannot be made", () => {
  it("says so, and sends when it can", () => {
    const { stdout, stderr } = spawnSync(
      "sh",
      ["-c", 'ulimit -n 64; exec "$0" --input-type=module --eval "$1"', process.execPath, STORY],
      { encoding: "utf8", timeout: 20_000 },
    );

    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ used: true, code: "ERF4001", confirmed: 1 });
  });
});
