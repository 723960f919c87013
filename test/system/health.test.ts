/** `health` against the real daemon: alive, stopped by a signal, and not there. */
import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import type { Installation } from "../support/daemon.ts";
import { installationNowhere } from "../support/nowhere.ts";
import { freePort } from "../support/ports.ts";

function configured(listen: string): Installation {
  return installationNowhere({ http: { listen } });
}

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));
const addresses = [
  { host: "127.0.0.1", asked: "127.0.0.1" },
  { host: "0.0.0.0", asked: "127.0.0.1" },
  ...(hasIpv6 ? [{ host: "[::]", asked: "[::1]" }] : []),
];

describe("health", () => {
  it.each(addresses)("asks a daemon that listens at $host at $asked", async ({ host, asked }) => {
    const port = await freePort();
    const daemon = configured(`${host}:${port}`);
    await daemon.start();

    const { exitCode, stdout } = await daemon.run("health", "--config", "config.yaml");

    expect(stdout).toBe(`http://${asked}:${port}/livez: ok\nhttp://${asked}:${port}/readyz: ok\n`);
    expect(exitCode).toBe(0);
  });

  it("goes past a proxy that the environment names", async () => {
    const port = await freePort();
    const daemon = configured(`127.0.0.1:${port}`);
    const proxy = "http://127.0.0.1:1";
    await daemon.start();

    const environment = { HTTP_PROXY: proxy, http_proxy: proxy, NODE_USE_ENV_PROXY: "1" };
    const { exitCode } = await daemon.runWith(environment, "health", "--config", "config.yaml");

    expect(exitCode).toBe(0);
  });

  it("fails when the daemon does not answer, and when it does not run", async () => {
    const port = await freePort();
    const daemon = configured(`127.0.0.1:${port}`);
    await daemon.start();

    daemon.signal("SIGSTOP");
    const stopped = await daemon.run("health", "--config", "config.yaml");
    daemon.signal("SIGCONT");
    const continued = await daemon.run("health", "--config", "config.yaml");
    await daemon.stop();
    const absent = await daemon.run("health", "--config", "config.yaml");

    expect(stopped).toMatchObject({
      exitCode: 1,
      stdout: `http://127.0.0.1:${port}/livez: no answer within 4 s\n`,
      stderr: "",
    });
    expect(continued.exitCode).toBe(0);
    expect(absent).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/livez: connect ECONNREFUSED .*\n$/),
      stderr: "",
    });
  });

  it("needs neither secret nor state, and names a wrong configuration", async () => {
    const daemon = configured("127.0.0.1:1");
    daemon.configure({ http: { listen: "9464" } });

    const { exitCode, stderr } = await daemon.run("health", "--config", "config.yaml");

    expect(stderr).toContain("http.listen: found");
    expect(exitCode).toBe(78);
  });
});
