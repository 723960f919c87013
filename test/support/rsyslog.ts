/** rsyslogd as a collector: TCP, UDP, TLS and RELP, every message as it came. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Certificate } from "./certificates.ts";
import { CollectorProcess } from "./collector.ts";
import { freePort } from "./ports.ts";

export interface RsyslogOptions {
  readonly directory: string;
  readonly tls?: RsyslogTls;
  readonly relp?: RsyslogRelp;
}

/**
 * direct: a message is written before it is answered for. disk: it is in a file. memory: it is nowhere yet, and waits
 * for an output that takes 0.2 ms a message.
 */
export const RELP_QUEUES = ["direct", "disk", "memory"] as const;
export type RelpQueue = (typeof RELP_QUEUES)[number];

interface RsyslogRelp {
  readonly queue: RelpQueue;
  /** A certificate makes it RELP over TLS; the client's name must then be in `permittedPeer`. */
  readonly tls?: Certificate & { readonly caFile: string; readonly permittedPeer: string };
}

interface RsyslogTls extends Certificate {
  readonly caFile: string;
  readonly driver: "ossl" | "gtls";
  /** anon asks for no client certificate; x509/certvalid wants one that the CA signed. */
  readonly authMode: "anon" | "x509/certvalid";
}

export interface Rsyslog {
  readonly process: CollectorProcess;
  readonly tcpPort: number;
  readonly udpPort: number;
  /** 0 without TLS. */
  readonly tlsPort: number;
  /** 0 without RELP. */
  readonly relpPort: number;
}

export function isRsyslogInstalled(): boolean {
  return spawnSync("rsyslogd", ["-v"]).status === 0;
}

const MODULES = "/usr/lib";

/** Whether it has its RELP module, a package of its own in Debian. */
export function isImrelpInstalled(): boolean {
  if (!isRsyslogInstalled()) return false;
  const folders = readdirSync(MODULES).map((name) => join(MODULES, name, "rsyslog"));
  return [...folders, join(MODULES, "rsyslog")].some((folder) => existsSync(join(folder, "imrelp.so")));
}

/** Starts rsyslogd with its files in `directory`. */
export async function startRsyslog({ directory, tls, relp }: RsyslogOptions): Promise<Rsyslog> {
  const tcpPort = await freePort();
  const tlsPort = tls === undefined ? 0 : await freePort();
  const relpPort = relp === undefined ? 0 : await freePort();
  const output = join(directory, "rsyslog.out");
  const file = join(directory, "rsyslog.conf");
  await writeFile(file, configuration({ directory, output, tcpPort, tlsPort, relpPort, tls, relp }));
  const collector = new CollectorProcess({
    file: "rsyslogd",
    args: ["-n", "-f", file, "-i", join(directory, "rsyslog.pid")],
    readyPorts: [tcpPort, tlsPort, relpPort].filter((port) => port !== 0),
    output,
  });
  await collector.start();
  return { process: collector, tcpPort, udpPort: tcpPort, tlsPort, relpPort };
}

interface Settings {
  readonly directory: string;
  readonly output: string;
  readonly tcpPort: number;
  readonly tlsPort: number;
  readonly relpPort: number;
  readonly tls: RsyslogTls | undefined;
  readonly relp: RsyslogRelp | undefined;
}

function configuration({ directory, output, tcpPort, tlsPort, relpPort, tls, relp }: Settings): string {
  return `
global(workDirectory="${directory}" maxMessageSize="64k" ${tls === undefined ? "" : tlsFiles(tls)})
main_queue(queue.type="Direct")
module(load="imtcp")
module(load="imudp")
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="store") {
  action(type="omfile" file="${output}" template="raw" asyncWriting="off" flushOnTXEnd="on")
}
input(type="imtcp" port="${tcpPort}" address="127.0.0.1" ruleset="store")
input(type="imudp" port="${tcpPort}" address="127.0.0.1" ruleset="store" rcvbufSize="16m")
${tls === undefined ? "" : tlsInput(tls, tlsPort)}
${relp === undefined ? "" : relpInput(relp, relpPort, output)}
`;
}

const QUEUES: Readonly<Record<RelpQueue, string>> = {
  direct: 'queue.type="direct"',
  disk: 'queue.type="disk" queue.filename="relp" queue.checkpointInterval="1" queue.syncQueueFiles="on"',
  memory: 'queue.type="linkedList" queue.dequeueSlowDown="200"',
};

/** As the README recommends it, except for `memory`. */
function relpInput({ queue, tls }: RsyslogRelp, port: number, output: string): string {
  const secure =
    tls === undefined
      ? ""
      : `tls="on" tls.caCert="${tls.caFile}" tls.myCert="${tls.certFile}" tls.myPrivKey="${tls.keyFile}"
  tls.authMode="name" tls.permittedPeer=["${tls.permittedPeer}"]`;
  return `module(load="imrelp")
ruleset(name="relp" ${QUEUES[queue]}) {
  action(type="omfile" file="${output}" template="raw" asyncWriting="off" flushOnTXEnd="on")
}
input(type="imrelp" port="${port}" address="127.0.0.1" ruleset="relp" maxDataSize="70k" ${secure})`;
}

function tlsFiles({ caFile, certFile, keyFile }: RsyslogTls): string {
  return `defaultNetstreamDriverCAFile="${caFile}"
  defaultNetstreamDriverCertFile="${certFile}"
  defaultNetstreamDriverKeyFile="${keyFile}"`;
}

function tlsInput({ driver, authMode }: RsyslogTls, port: number): string {
  return `input(type="imtcp" port="${port}" address="127.0.0.1" ruleset="store"
  streamDriver.name="${driver}" streamDriver.mode="1" streamDriver.authMode="${authMode}")`;
}
