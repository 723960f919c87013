/** rsyslogd as a collector: TCP, UDP and TLS, every message as it came, written before the next one is read. */
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Certificate } from "./certificates.ts";
import { CollectorProcess, freePort } from "./collector.ts";

export interface RsyslogOptions {
  readonly directory: string;
  readonly tls?: RsyslogTls;
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
}

export function isRsyslogInstalled(): boolean {
  return spawnSync("rsyslogd", ["-v"]).status === 0;
}

/** Starts rsyslogd with its files in `directory`. */
export async function startRsyslog({ directory, tls }: RsyslogOptions): Promise<Rsyslog> {
  const tcpPort = await freePort();
  const tlsPort = tls === undefined ? 0 : await freePort();
  const output = join(directory, "rsyslog.out");
  const file = join(directory, "rsyslog.conf");
  await writeFile(file, configuration({ directory, output, tcpPort, tlsPort, tls }));
  const collector = new CollectorProcess({
    file: "rsyslogd",
    args: ["-n", "-f", file, "-i", join(directory, "rsyslog.pid")],
    readyPorts: tls === undefined ? [tcpPort] : [tcpPort, tlsPort],
    output,
  });
  await collector.start();
  return { process: collector, tcpPort, udpPort: tcpPort, tlsPort };
}

interface Settings {
  readonly directory: string;
  readonly output: string;
  readonly tcpPort: number;
  readonly tlsPort: number;
  readonly tls: RsyslogTls | undefined;
}

function configuration({ directory, output, tcpPort, tlsPort, tls }: Settings): string {
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
`;
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
