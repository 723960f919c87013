/** Certificates, good and bad, and what an operator is told. */

import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BlockedError, TransientError } from "../../src/core/errors.ts";
import type { Message } from "../../src/core/event.ts";
import type { Sink } from "../../src/sinks/sink.ts";
import { type Authority, type Certificate, createAuthority, serverFiles } from "../support/certificates.ts";
import { isRsyslogInstalled, type Rsyslog, startRsyslog } from "../support/rsyslog.ts";
import { SyslogReceiver } from "../support/syslog-receiver.ts";
import { syslogSink } from "../support/syslog-sink.ts";

const never = new AbortController().signal;
const PAST = ["20200101000000Z", "20200201000000Z"] as const;
const batch: Message[] = [{ seq: 1, source: "signIns", time: 1_791_960_804_004, text: Buffer.from("hello") }];

let directory: string;
let authority: Authority;
let stranger: Authority;
let good: Certificate;
let receiver: SyslogReceiver | undefined;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "tls-"));
  authority = await createAuthority(directory, "Test CA");
  stranger = await createAuthority(directory, "Other CA");
  good = await authority.issue("collector", { altNames: "DNS:localhost,IP:127.0.0.1" });
});

afterEach(async () => {
  await receiver?.stop();
  receiver = undefined;
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function listen(certificate: Certificate, options: TlsOptions = {}): Promise<number> {
  receiver = new SyslogReceiver({ transport: "tls", tls: () => ({ ...serverFiles(certificate), ...options }) });
  await receiver.start();
  return receiver.port;
}

/** On a busy machine a collector's reset may overtake its alert, which the next try then brings. */
async function failureOf(attempt: () => Promise<unknown>): Promise<unknown> {
  for (let tries = 1; ; tries += 1) {
    const error = await attempt().catch((thrown: unknown) => thrown);
    if (!(error instanceof TransientError) || tries === 10) return error;
  }
}

/** What a probe and a batch throw; both must say the same. */
async function refusal(sink: Sink): Promise<BlockedError> {
  const errors = [];
  for (const attempt of [() => sink.probe(never), () => sink.send(batch, never)]) {
    errors.push(await failureOf(attempt));
  }
  const [first, second] = errors;
  expect(first).toBeInstanceOf(BlockedError);
  expect(second).toMatchObject({ code: (first as BlockedError).code });
  expect(receiver?.frames ?? []).toEqual([]);
  return first as BlockedError;
}

async function accepts(sink: Sink): Promise<void> {
  await sink.probe(never);
  await sink.send(batch, never);
  expect(await sink.flush(never)).toMatchObject({ confirmed: 1 });
  await sink.close();
}

describe("the collector's certificate", () => {
  it("passes when a CA of caFile signed it for the host", async () => {
    const port = await listen(good);

    await accepts(syslogSink({ port, tls: { caFile: authority.caFile } }));
  });

  it("passes for an address that it names", async () => {
    const port = await listen(good);

    await accepts(syslogSink({ host: "127.0.0.1", port, tls: { caFile: authority.caFile } }));
  });

  it("is refused when another CA signed it", async () => {
    const port = await listen(await stranger.issue("strange", { altNames: "DNS:localhost" }));

    const { code, message, remedy } = await refusal(syslogSink({ port, tls: { caFile: authority.caFile } }));

    expect(code).toBe("ERF4004");
    expect(message).toContain("CN=strange (DNS:localhost) issued by CN=Other CA");
    expect(message).toContain(`expected one for localhost, signed by a CA of ${authority.caFile}`);
    expect(remedy).toContain("tls.caFile");
  });

  it("is refused when no CA that the system trusts signed it", async () => {
    const port = await listen(good);

    const { code, message } = await refusal(syslogSink({ port }));

    expect(code).toBe("ERF4004");
    expect(message).toContain("signed by a CA that this system trusts");
  });

  it("is refused when it is for another host, unless serverName names that host", async () => {
    const port = await listen(await authority.issue("elsewhere", { altNames: "DNS:siem.example.net" }));
    const tls = { caFile: authority.caFile };

    const { code, message, remedy } = await refusal(syslogSink({ port, tls }));

    expect(code).toBe("ERF4004");
    expect(message).toContain("presented CN=elsewhere (DNS:siem.example.net)");
    expect(message).toContain("expected one for localhost");
    expect(remedy).toContain("tls.serverName");
    await accepts(syslogSink({ port, tls: { ...tls, serverName: "siem.example.net" } }));
  });

  it.each([
    ["expired", PAST, "Renew"],
    ["future", ["20800101000000Z", "20800201000000Z"], "clocks"],
  ] as const)("is refused when it is %s", async (name, validity, remedy) => {
    const port = await listen(await authority.issue(name, { altNames: "DNS:localhost", validity }));

    const refused = await refusal(syslogSink({ port, tls: { caFile: authority.caFile } }));

    expect(refused.code).toBe("ERF4004");
    expect(refused.message).toContain("valid Jan  1 00:00:00");
    expect(refused.remedy).toContain(remedy);
  });

  it("is not looked at with insecureSkipVerify", async () => {
    const port = await listen(await stranger.issue("any", { altNames: "DNS:elsewhere" }));

    await accepts(syslogSink({ port, tls: { insecureSkipVerify: true } }));
  });

  it("is checked against the CA file as it is now", async () => {
    const caFile = join(directory, "rotating.pem");
    copyFileSync(stranger.caFile, caFile);
    const port = await listen(good);
    const sink = syslogSink({ port, tls: { caFile } });

    await refusal(sink);
    copyFileSync(authority.caFile, caFile);

    await accepts(sink);
  });
});

const wantsOne = (): TlsOptions => ({
  requestCert: true,
  rejectUnauthorized: true,
  ca: readFileSync(authority.caFile),
});

describe("our certificate", () => {
  it.each(["TLSv1.2", "TLSv1.3"] as const)("is asked for, and missed, with %s", async (maxVersion) => {
    const port = await listen(good, { ...wantsOne(), maxVersion });

    const { code, message, remedy } = await refusal(syslogSink({ port, tls: { caFile: authority.caFile } }));

    expect(code).toBe("ERF4005");
    expect(message).toContain("the collector wants a client certificate");
    expect(remedy).toContain("tls.certFile");
  });

  it("of another CA sends nothing into the void where the collector closes without a word", async () => {
    const client = await stranger.issue("client", { altNames: "DNS:client" });
    const port = await listen(good, wantsOne());

    for (const persistent of [false, true]) {
      const sink = syslogSink({ port, persistent, tls: { caFile: authority.caFile, ...client } });

      await expect(sink.probe(never)).rejects.toThrow(/whether it trusts our client certificate/);
      await expect(sink.send(batch, never)).rejects.toMatchObject({ code: "ERF4003" });
      expect(await sink.flush(never)).toEqual({ rejected: [] });
    }
  });

  it("is accepted when the collector trusts its CA", async () => {
    const client = await authority.issue("friend", { altNames: "DNS:client" });
    const port = await listen(good, wantsOne());

    await accepts(syslogSink({ port, tls: { caFile: authority.caFile, ...client } }));
  });

  it("is missed by a long connection too", async () => {
    const port = await listen(good, wantsOne());
    const sink = syslogSink({ port, persistent: true, tls: { caFile: authority.caFile } });

    await expect(sink.probe(never)).rejects.toMatchObject({ code: "ERF4005" });
  });
});

describe("our certificate, to rsyslog,", () => {
  let rsyslog: Rsyslog;

  beforeEach(async ({ skip }) => {
    if (!isRsyslogInstalled()) skip("rsyslogd is not installed");
    const tls = { ...good, caFile: authority.caFile, driver: "ossl", authMode: "x509/certvalid" } as const;
    rsyslog = await startRsyslog({ directory: mkdtempSync(join(directory, "rsyslog-")), tls });
  });

  afterEach(() => rsyslog?.process.stop());

  it.each([
    ["is missing", async () => undefined],
    ["is of another CA", () => stranger.issue("foreign", { altNames: "DNS:client" })],
    ["has expired", () => authority.issue("old", { altNames: "DNS:client", validity: PAST })],
  ])("%s: refused, over one connection per batch and over a long one", async (_what, certificate) => {
    const client = await certificate();

    for (const persistent of [false, true]) {
      const tls = { caFile: authority.caFile, ...client };
      const { code } = await refusal(syslogSink({ port: rsyslog.tlsPort, persistent, tls }));
      expect(code).toBe("ERF4005");
    }
    expect(await rsyslog.process.lines()).toEqual([]);
  });

  it("is not asked for where the connection is plain: the port is said to speak TLS", async () => {
    const sink = syslogSink({ transport: "tcp", port: rsyslog.tlsPort });

    await expect(sink.send(batch, never)).rejects.toMatchObject({
      code: "ERF4003",
      message: expect.stringContaining("or the port speaks TLS (transport: tls)"),
    });
  });

  it("is of a CA that it trusts: accepted", async () => {
    const client = await authority.issue("accepted", { altNames: "DNS:client" });

    await accepts(syslogSink({ port: rsyslog.tlsPort, tls: { caFile: authority.caFile, ...client } }));
  });
});

describe("a handshake", () => {
  it("fails where the port does not speak TLS", async () => {
    receiver = new SyslogReceiver({ transport: "tcp" });
    await receiver.start();
    const sink = syslogSink({ port: receiver.port, connectTimeout: "300ms" });

    await expect(sink.probe(never)).rejects.toMatchObject({
      code: "ERF4001",
      message: expect.stringContaining("does this port speak TLS"),
    });
  });

  it("fails where the port answers in another language", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end("220 mail.example.net ESMTP\r\n");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;

    const { code } = await refusal(syslogSink({ port }));

    expect(code).toBe("ERF4008");
    server.close();
  });

  it("fails where the collector has nothing newer than TLS 1.1", async () => {
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    const port = await listen(good, old);

    const { code, remedy } = await refusal(syslogSink({ port, tls: { caFile: authority.caFile } }));

    expect(code).toBe("ERF4008");
    expect(remedy).toContain("TLS 1.2");
  });

  it("needs files that can be read", async () => {
    const caFile = join(directory, "missing.pem");

    const { code, message, remedy } = await refusal(syslogSink({ port: 6514, tls: { caFile } }));

    expect(code).toBe("ERF1003");
    expect(message).toContain("ENOENT");
    expect(remedy).toContain(caFile);
  });

  it("reads nothing that has no end", async () => {
    const caFile = "/dev/zero";

    const { code, message } = await refusal(syslogSink({ port: 6514, tls: { caFile }, connectTimeout: "1s" }));

    expect(code).toBe("ERF1003");
    expect(message).toContain("/dev/zero is no file");
  });

  it("needs a key that belongs to the certificate", async () => {
    const other = await authority.issue("other", { altNames: "DNS:other" });

    const { code } = await refusal(
      syslogSink({ port: 6514, tls: { certFile: good.certFile, keyFile: other.keyFile } }),
    );

    expect(code).toBe("ERF1003");
  });
});
