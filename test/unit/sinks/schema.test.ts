import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createSink, SINK_DEFINITIONS } from "../../../src/sinks/registry.ts";

const { shape, check } = SINK_DEFINITIONS.syslog;
const schema = z.strictObject({ name: z.string(), ...shape }).superRefine(check);

const minimal = { name: "siem", type: "syslog", host: "siem.example.net" };

function problems(config: object): string[] {
  const { error } = schema.safeParse({ ...minimal, ...config });
  return error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
}

function create(config: object) {
  const warnings: string[] = [];
  const sink = createSink(schema.parse({ ...minimal, ...config }), {
    hostname: "fwd1",
    warn: (message) => warnings.push(message),
  });
  return { sink, warnings };
}

describe("the configuration of a syslog sink", () => {
  it("is encrypted, octet-counted and verified by default", () => {
    expect(schema.parse(minimal)).toEqual({
      ...minimal,
      transport: "tls",
      header: "rfc5424",
      facility: "local0",
      maxMessageBytes: 8_000,
      persistent: false,
      connectTimeout: "10s",
      stallTimeout: "30s",
    });
    expect(schema.parse({ ...minimal, tls: {} }).tls).toEqual({
      insecureSkipVerify: false,
      requireCloseNotify: true,
    });
  });

  it.each([
    [{ host: "a b" }, "host: a host name or an address of the collector, without a port"],
    [{ port: 0 }, "port: a port from 1 to 65535"],
    [{ maxMessageBytes: 1_023 }, "maxMessageBytes: a number of bytes from 1024 to 65536"],
    [{ maxMessageBytes: 65_537 }, "maxMessageBytes: a number of bytes from 1024 to 65536"],
    [{ transport: "udp", maxMessageBytes: 60_001 }, "maxMessageBytes: at most 60000, for a datagram holds no more"],
    [{ transport: "udp", framing: "lf" }, "framing: no such key: over udp each message is a datagram"],
    [{ transport: "udp", persistent: true }, "persistent: no such key: udp has no connections"],
    [{ transport: "tcp", tls: {} }, "tls: transport: tls with this key, or no tls key (transport is tcp)"],
    [{ tls: { certFile: "client.pem" } }, "tls: certFile together with keyFile, or neither"],
  ])("refuses %j", (config, problem) => {
    expect(problems(config)).toEqual([problem]);
  });

  it("documents every key", () => {
    const { properties = {} } = z.toJSONSchema(z.strictObject(shape), { io: "input" });
    const { tls, ...others } = properties as Record<string, { description?: string; properties?: object }>;
    const keys = Object.entries({ ...others, ...tls?.properties });

    expect(keys.length).toBeGreaterThan(15);
    expect(keys.filter(([, { description }]) => !description)).toEqual([]);
  });
});

describe("the sink of a configuration", () => {
  it.each([
    [{}, "confirmed-late"],
    [{ transport: "tcp" }, "confirmed-late"],
    [{ persistent: true }, "best-effort"],
    [{ transport: "tcp", persistent: true }, "best-effort"],
    [{ transport: "udp" }, "best-effort"],
  ])("of %j promises %s", (config, guarantee) => {
    expect(create(config).sink).toMatchObject({ name: "siem", guarantee });
  });

  it("warns of a certificate that is not verified, and of nothing else", () => {
    expect(create({ tls: { insecureSkipVerify: true } }).warnings).toEqual([expect.stringContaining("not verified")]);
    expect(create({}).warnings).toEqual([]);
  });

  it("warns of sessions that may end without close_notify", () => {
    expect(create({ tls: { requireCloseNotify: false } }).warnings).toEqual([
      expect.stringContaining("an attacker on the way could end sessions unnoticed"),
    ]);
  });

  it("has room for less text where the host's name is longer", () => {
    const short = create({ hostname: "a" }).sink.maxTextBytes;
    const long = create({ hostname: "a".repeat(101) }).sink.maxTextBytes;

    expect(short - long).toBe(100);
  });
});
