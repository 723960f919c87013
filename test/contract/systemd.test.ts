/** How systemd is told of the service, where it does not hear at first. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, onTestFinished } from "vitest";
import { Pulses } from "../../src/core/pulse.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { Systemd } from "../../src/telemetry/systemd.ts";
import { Watchdog } from "../../src/telemetry/watchdog.ts";
import { until } from "../support/poll.ts";

/** Stands for the real one: fails while a file `deaf` is beside it, as one whose systemd is busy does. */
const NOTIFY = `#!/bin/sh
if [ -e "\${0%/*}/deaf" ]; then echo "$@" >> "\${0%/*}/unheard"; exit 1; fi
echo "$@" >> "\${0%/*}/heard"
`;

it("says again that the service is ready until systemd has heard it, and then no more", async () => {
  const directory = mkdtempSync(join(tmpdir(), "systemd-"));
  const path = (name: string) => join(directory, name);
  const lines = (name: string) => (existsSync(path(name)) ? readFileSync(path(name), "utf8").split("\n") : []);
  const readies = (name: string) => lines(name).filter((line) => line.includes("READY=1")).length;
  writeFileSync(path("systemd-notify"), NOTIFY);
  chmodSync(path("systemd-notify"), 0o755);
  writeFileSync(path("deaf"), "");
  const log = createLog({ level: "error", format: "json" });
  const environment = { PATH: `${directory}:${process.env["PATH"]}`, NOTIFY_SOCKET: "/none", WATCHDOG_USEC: "800000" };
  const systemd = new Systemd(environment, log);
  const pulses = new Pulses(() => performance.now());
  const watchdog = new Watchdog({ systemd, pulses, summary: () => "streams: none", log });
  onTestFinished(() => {
    watchdog.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  watchdog.start();
  await until("it was not heard", () => readies("unheard") > 1);
  rmSync(path("deaf"));
  await until("it was heard", () => readies("heard") > 0);

  const latest = () => lines("heard").slice(-5);
  await until("only the watchdog is fed", () => latest().length === 5 && !latest().join().includes("READY"));
});
