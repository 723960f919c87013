/** What is wrong with the surroundings of the program is told before any state is made. */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { installationNowhere } from "../support/nowhere.ts";
import { freePort } from "../support/ports.ts";

async function busyPort(): Promise<number> {
  const port = await freePort();
  const server = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return port;
}

describe("a start that cannot succeed touches no state", () => {
  it.each([
    ["http://user:canary%@proxy:3128", /^ERF1001 HTTPS_PROXY: expected percent-encoding/],
    ["proxy:3128", /^ERF1001 HTTPS_PROXY: expected a URL/],
  ])("with HTTPS_PROXY=%s", async (url, expected) => {
    const installed = installationNowhere({}, { HTTPS_PROXY: url });

    const { exitCode, stderr } = await installed.run("run", "--config", "config.yaml");

    expect(stderr).toMatch(expected);
    expect(stderr).not.toContain("canary");
    expect(exitCode).toBe(78);
    expect(readdirSync(installed.directory).toSorted()).toEqual(["config.yaml", "secret"]);
  });

  it("with an address for metrics that is in use, or of another host", async () => {
    for (const listen of [`127.0.0.1:${await busyPort()}`, "192.0.2.1:9464"]) {
      const installed = installationNowhere({ http: { listen } });

      const { exitCode, stderr } = await installed.run("run", "--config", "config.yaml");

      expect(stderr).toMatch(/^ERF1005 http\.listen: /);
      expect(exitCode).toBe(78);
      expect(readdirSync(installed.directory).toSorted()).toEqual(["config.yaml", "secret"]);
    }
  });
});

describe("check", () => {
  it("tells that the state cannot be kept, and makes none", async () => {
    const installed = installationNowhere({ store: { path: "missing/state.db" } });

    const { exitCode, stdout } = await installed.run("check", "--config", "config.yaml");

    expect(stdout).toMatch(/^failed +state: ERF5004 this user cannot write missing\/state\.db .*\. Remedy: /m);
    expect(exitCode).toBe(1);
    expect(readdirSync(installed.directory).toSorted()).toEqual(["config.yaml", "secret"]);
  });
});
