/**
 * Ports for collectors. A collector that is down must find its port free when it comes back, or its forwarder would
 * deliver to another test's: so they lie below those that the kernel gives to outgoing connections, and each is given
 * once to all processes of a test run.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, rmdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FIRST = 15_000;
const COUNT = 17_000;
/** The processes of a test run have the same parent. */
const RESERVED = reservationsOf(process.ppid);
/** What this process has reserved, until its end. */
const reserved: string[] = [];

/** A port of this host that nobody listens at, over TCP or UDP, and that no other test gets. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (reserve(port) && (await isFree(port))) return port;
  }
}

/** Where the children of a process reserve their ports. */
export function reservationsOf(parent: number): string {
  return join(tmpdir(), `test-ports-${parent}`);
}

function reserve(port: number): boolean {
  const file = join(RESERVED, String(port));
  try {
    mkdirSync(RESERVED, { recursive: true });
    closeSync(openSync(file, "wx"));
    if (reserved.length === 0) process.once("exit", release);
    reserved.push(file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** The last one removes the directory too. */
function release(): void {
  for (const file of reserved) rmSync(file, { force: true });
  try {
    rmdirSync(RESERVED);
  } catch {
    // Others are still reserved.
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const socket = createSocket("udp4");
  try {
    await Promise.all([
      once(server.listen(port, "127.0.0.1"), "listening"),
      once(socket.bind(port, "127.0.0.1"), "listening"),
    ]);
    return true;
  } catch {
    return false;
  } finally {
    server.close();
    socket.close();
  }
}
