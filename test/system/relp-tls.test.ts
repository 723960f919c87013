/** RELP over TLS with a real rsyslogd that wants to know who we are. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Message } from "../../src/core/event.ts";
import { type Authority, type Certificate, createAuthority } from "../support/certificates.ts";
import { relpSink } from "../support/relp-sink.ts";
import { isImrelpInstalled, type Rsyslog, startRsyslog } from "../support/rsyslog.ts";

const never = new AbortController().signal;
const batch: Message[] = [{ seq: 1, source: "signIns", time: 1_791_960_804_004, text: Buffer.from("hello") }];

describe.skipIf(!isImrelpInstalled())("RELP over TLS (needs rsyslogd with imrelp)", () => {
  let directory: string;
  let authority: Authority;
  let forwarder: Certificate;
  let stranger: Certificate;
  let rsyslog: Rsyslog;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "relp-tls-"));
    authority = await createAuthority(directory, "Test CA");
    const collector = await authority.issue("collector", { altNames: "DNS:localhost" });
    forwarder = await authority.issue("forwarder", { altNames: "DNS:forwarder" });
    stranger = await authority.issue("stranger", { altNames: "DNS:stranger" });
    const tls = { ...collector, caFile: authority.caFile, permittedPeer: "forwarder" };
    rsyslog = await startRsyslog({ directory, relp: { queue: "direct", tls } });
  });

  afterAll(async () => {
    await rsyslog?.process.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const sinkWith = (client: Partial<Certificate>, serverName?: string) =>
    relpSink({
      port: rsyslog.relpPort,
      stallTimeout: "5s",
      tls: { caFile: authority.caFile, ...client, ...(serverName && { serverName }) },
    });

  it("delivers with a certificate whose name the collector permits", async () => {
    const sink = sinkWith(forwarder);

    await sink.probe(never);
    expect(await sink.send(batch, never)).toEqual({ confirmed: 1, rejected: [] });
    await sink.close();

    expect(await rsyslog.process.lines()).toEqual([expect.stringMatching(/ hello$/)]);
  });

  it.each([
    ["another name", () => sinkWith(stranger)],
    ["no certificate", () => sinkWith({})],
  ])("confirms nothing with %s", async (_name, create) => {
    const sink = create();

    await expect(sink.probe(never)).rejects.toMatchObject({ code: expect.stringMatching(/^ERF400[35]$/) });
    await expect(sink.send(batch, never)).rejects.toMatchObject({ code: expect.stringMatching(/^ERF400[35]$/) });
  });

  it("does not speak to a collector of another name", async () => {
    await expect(sinkWith(forwarder, "siem.example.net").probe(never)).rejects.toMatchObject({ code: "ERF4004" });
  });
});
