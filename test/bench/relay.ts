/** rsyslog handing the same lines on, from memory or from a disk queue that is synced: a reference for the whole path. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CollectorProcess } from "../support/collector.ts";
import { until } from "../support/poll.ts";
import { freePort } from "../support/ports.ts";
import { type Rsyslog, startRsyslog } from "../support/rsyslog.ts";
import { cpuSecondsOf } from "./processes.ts";

const QUEUES = {
  "synced disk": 'queue.type="disk" queue.filename="q" queue.checkpointInterval="1" queue.syncQueueFiles="on"',
  memory: 'queue.type="linkedList" queue.size="500000"',
} as const;

const DEADLINE_MS = 600_000;

/** Processor seconds that rsyslog spends on the lines. Throws when they do not arrive. */
export async function relay(lines: readonly string[], queue: keyof typeof QUEUES): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "relay-"));
  const end = await startRsyslog({ directory });
  const port = await freePort();
  const file = join(directory, "relay.conf");
  writeFileSync(file, configuration(directory, { port, target: end.tcpPort, queue: QUEUES[queue] }));
  const pidFile = join(directory, "relay.pid");
  const args = ["-n", "-f", file, "-i", pidFile];
  const middle = new CollectorProcess({ file: "rsyslogd", args, readyPorts: [port], output: "" });
  try {
    await middle.start();
    await until("the relay tells its process", () => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "");
    const pid = Number(readFileSync(pidFile, "utf8"));
    const before = cpuSecondsOf(pid);
    const socket = connect(port, "127.0.0.1");
    // What arrives is counted at the other end; the relay is killed when all is there.
    socket.on("error", () => {});
    socket.end(`${lines.join("\n")}\n`);
    await until("every line is handed on", () => linesOf(end) >= lines.length, DEADLINE_MS);
    return cpuSecondsOf(pid) - before;
  } finally {
    await middle.stop();
    await end.process.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Relay {
  readonly port: number;
  readonly target: number;
  readonly queue: string;
}

function configuration(directory: string, { port, target, queue }: Relay): string {
  return `
global(workDirectory="${directory}" maxMessageSize="64k")
main_queue(queue.type="Direct")
module(load="imtcp")
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="relay" ${queue}) {
  action(type="omfwd" target="127.0.0.1" port="${target}" protocol="tcp" template="raw")
}
input(type="imtcp" port="${port}" address="127.0.0.1" ruleset="relay")
`;
}

function linesOf({ process: collecting }: Rsyslog): number {
  if (!existsSync(collecting.output)) return 0;
  let lines = 0;
  for (const byte of readFileSync(collecting.output)) if (byte === 0x0a) lines += 1;
  return lines;
}
