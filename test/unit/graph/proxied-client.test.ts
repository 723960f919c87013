import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../../src/core/secret.ts";
import { CLOUDS } from "../../../src/graph/clouds.ts";
import { createGraphClients } from "../../../src/graph/graph-clients.ts";
import { createAuthority, serverFiles } from "../../support/certificates.ts";
import { ConnectProxy } from "../../support/connect-proxy.ts";
import { ScriptedServer, sendJson } from "../../support/scripted-server.ts";
import { CLIENT_ID, CLIENT_SECRET, collect, never, SIGN_INS, TENANT_ID, TOKEN_PATH } from "./microsoft.ts";

/** All of Microsoft's hosts on one port of loopback, behind a proxy and under a private CA. */
describe("a client behind a proxy", () => {
  let directory: string;
  let ca: string;
  let microsoft: ScriptedServer;
  let proxy: ConnectProxy;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "graph-proxy-"));
    const authority = await createAuthority(directory, "private-ca");
    ca = readFileSync(authority.caFile, "utf8");
    const hosts = Object.values(CLOUDS).flatMap(({ login, graph }) => [login, graph]);
    const altNames = [...new Set(hosts)].map((origin) => `DNS:${new URL(origin).host}`).join(",");
    const tls = serverFiles(await authority.issue("microsoft", { altNames }));
    microsoft = await new ScriptedServer((request, response) => {
      if (request.method === "GET") return sendJson(response, 200, { value: [] });
      sendJson(response, 200, { token_type: "Bearer", expires_in: 3599, access_token: "canary-token" });
    }, tls).start();
    proxy = await new ConnectProxy({ leadTo: microsoft.port }).start();
  });

  afterAll(async () => {
    await proxy.stop();
    await microsoft.stop();
    await rm(directory, { recursive: true });
  });

  it("knows the hosts of every national cloud", () => {
    expect(CLOUDS).toEqual({
      global: { login: "https://login.microsoftonline.com", graph: "https://graph.microsoft.com" },
      usGov: { login: "https://login.microsoftonline.us", graph: "https://graph.microsoft.us" },
      usGovDoD: { login: "https://login.microsoftonline.us", graph: "https://dod-graph.microsoft.us" },
      china: { login: "https://login.partner.microsoftonline.cn", graph: "https://microsoftgraph.chinacloudapi.cn" },
    });
  });

  it.each(Object.entries(CLOUDS))("asks the hosts of %s and nobody else", async (cloud, hosts) => {
    const tenant = {
      name: "contoso",
      tenantId: TENANT_ID,
      clientId: CLIENT_ID,
      cloud: cloud as keyof typeof CLOUDS,
      endpoints: { ...hosts, ca },
      recipe: "",
      credential: () => Promise.resolve({ clientSecret: new Secret(CLIENT_SECRET) }),
    };
    proxy.targets.length = 0;
    microsoft.requests.length = 0;
    const clients = createGraphClients([tenant], { version: "1.2.3", environment: { HTTPS_PROXY: proxy.url } });

    await collect(clients.of(TENANT_ID).pages(SIGN_INS, never));

    expect(proxy.targets).toEqual([hosts.login, hosts.graph].map((origin) => `${new URL(origin).host}:443`));
    const [token, list, ...more] = microsoft.requests;
    expect(more).toEqual([]);
    expect(token).toMatchObject({ method: "POST", url: TOKEN_PATH });
    expect(new URLSearchParams(token?.body).get("scope")).toBe(`${hosts.graph}/.default`);
    expect(list?.headers.host).toBe(new URL(hosts.graph).host);
    clients.close();
  });
});
