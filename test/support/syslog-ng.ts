/**
 * syslog-ng as a collector: TCP and TLS with octet counting, TCP and UDP with lines, every message as it came.
 *
 * Debian's package conflicts with rsyslog, so it is expected unpacked (dpkg -x) in SYSLOG_NG_ROOT.
 */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Certificate } from "./certificates.ts";
import { CollectorProcess } from "./collector.ts";
import { freePort } from "./ports.ts";

const ROOT = process.env["SYSLOG_NG_ROOT"] ?? "/opt/syslog-ng";
const MODULES = join(ROOT, "usr/lib/syslog-ng/3.38");
const BINARY = join(ROOT, "usr/sbin/syslog-ng");

export interface SyslogNgOptions {
  readonly directory: string;
  readonly tls?: Certificate;
  /** Messages a second that it stores; it reads no faster. */
  readonly throttle?: number;
}

export interface SyslogNg {
  readonly process: CollectorProcess;
  /** syslog(): octet counting. */
  readonly octetPort: number;
  /** network(): lines. */
  readonly linePort: number;
  readonly udpPort: number;
  /** syslog() over TLS; 0 without TLS. */
  readonly tlsPort: number;
  /** network() over TLS: lines; 0 without TLS. */
  readonly tlsLinePort: number;
}

export function isSyslogNgInstalled(): boolean {
  return existsSync(BINARY);
}

/** Starts syslog-ng with its files in `directory`. */
export async function startSyslogNg({ directory, tls, throttle }: SyslogNgOptions): Promise<SyslogNg> {
  const octetPort = await freePort();
  const linePort = await freePort();
  const tlsPort = tls === undefined ? 0 : await freePort();
  const tlsLinePort = tls === undefined ? 0 : await freePort();
  const output = join(directory, "syslog-ng.out");
  const file = join(directory, "syslog-ng.conf");
  await writeFile(file, configuration({ output, octetPort, linePort, tlsPort, tlsLinePort, tls, throttle }));
  const ownFiles = ["persist-file", "pidfile", "control"].map((name) => `--${name}=${join(directory, name)}`);
  const collector = new CollectorProcess({
    file: BINARY,
    args: ["-F", "-e", "--no-caps", "-f", file, `--module-path=${MODULES}`, ...ownFiles],
    env: { LD_LIBRARY_PATH: `${ROOT}/usr/lib/x86_64-linux-gnu:${ROOT}/usr/lib/syslog-ng` },
    readyPorts: [octetPort, linePort, ...(tls === undefined ? [] : [tlsPort, tlsLinePort])],
    output,
  });
  await collector.start();
  return { process: collector, octetPort, linePort, udpPort: linePort, tlsPort, tlsLinePort };
}

interface Settings {
  readonly output: string;
  readonly octetPort: number;
  readonly linePort: number;
  readonly tlsPort: number;
  readonly tlsLinePort: number;
  readonly tls: Certificate | undefined;
  readonly throttle: number | undefined;
}

function configuration({ output, octetPort, linePort, tlsPort, tlsLinePort, tls, throttle }: Settings): string {
  const limit = throttle === undefined ? "" : `throttle(${throttle})`;
  return `@version: 3.38
@module syslogformat
@module afsocket
@module affile
options { keep-hostname(yes); stats-freq(0); };
source network {
  syslog(ip("127.0.0.1") transport("tcp") port(${octetPort}) flags(store-raw-message) max-connections(100));
  network(ip("127.0.0.1") transport("tcp") port(${linePort}) flags(store-raw-message) max-connections(100));
  network(ip("127.0.0.1") transport("udp") port(${linePort}) flags(store-raw-message) so-rcvbuf(16777216));
  ${tls === undefined ? "" : tlsSource("syslog", tls, tlsPort) + tlsSource("network", tls, tlsLinePort)}
};
destination stored { file("${output}" template("$RAWMSG\\n") ${limit}); };
log { source(network); destination(stored); flags(flow-control); };
`;
}

function tlsSource(driver: "syslog" | "network", { certFile, keyFile }: Certificate, port: number): string {
  return `
  ${driver}(ip("127.0.0.1") transport("tls") port(${port}) flags(store-raw-message) max-connections(100)
    tls(cert-file("${certFile}") key-file("${keyFile}") peer-verify(optional-untrusted)));`;
}
