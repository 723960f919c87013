import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGraphClients } from "../../../src/graph/graph-clients.ts";
import type { GraphTenant } from "../../../src/graph/tenant.ts";
import { until } from "../../support/poll.ts";
import { CLIENT_ID, collect, Microsoft, never, page, SIGN_INS, TENANT_ID } from "./microsoft.ts";

const TENANTS = 30;
/** Graph allows an app 122 such requests in 10 s over all its tenants, and 5 in each. */
const PER_APP = 122;

let microsoft: Microsoft;

beforeEach(async () => {
  microsoft = await Microsoft.start();
});

afterEach(() => microsoft.stop());

it("shares one budget among the tenants of an app registration, in whatever case its ID is written", async () => {
  const tenants = Array.from({ length: TENANTS }, (_, index) =>
    microsoft.tenant({
      tenantId: `7c1f4f0e-2b6d-4a51-9f0c-${String(index).padStart(12, "0")}`,
      clientId: index % 2 === 0 ? CLIENT_ID.toLowerCase() : CLIENT_ID.toUpperCase(),
    }),
  );
  microsoft.graph.push(...Array.from({ length: TENANTS * 5 }, () => page([])));
  const clients = createGraphClients(tenants, { version: "1.2.3", environment: {} });
  const stop = new AbortController();

  const walks = tenants.flatMap(({ tenantId }) =>
    Array.from({ length: 5 }, () => collect(clients.of(tenantId).pages(SIGN_INS, stop.signal))),
  );
  const ended = Promise.allSettled(walks);
  await until("the budget is used up", () => microsoft.graphRequests.length >= PER_APP);
  await new Promise((resolve) => setTimeout(resolve, 500));

  expect(microsoft.graphRequests).toHaveLength(PER_APP);
  stop.abort(never.reason);
  await ended;
  clients.close();
});

function tenantFrom(recipe: string, clientId = CLIENT_ID): GraphTenant {
  return microsoft.tenant({ recipe, clientId });
}

describe("clients that follow the configuration", () => {
  it("stay where nothing has changed, and are replaced where something has", () => {
    const clients = createGraphClients([tenantFrom("one")], { version: "1.2.3", environment: {} });
    const first = clients.of(TENANT_ID);

    clients.follow([tenantFrom("one")]);
    const second = clients.of(TENANT_ID);
    clients.follow([tenantFrom("two")]);
    const third = clients.of(TENANT_ID);
    clients.follow([]);

    expect(second).toBe(first);
    expect(third).not.toBe(first);
    expect(() => clients.of(TENANT_ID)).toThrow("no Graph client");
    clients.close();
  });

  it("go on within the budget that those before them have used", async () => {
    microsoft.graph.push(...Array.from({ length: 10 }, () => page([])));
    const clients = createGraphClients([tenantFrom("one")], { version: "1.2.3", environment: {} });
    const stop = new AbortController();
    const walk = () => collect(clients.of(TENANT_ID).pages(SIGN_INS, stop.signal));
    for (let n = 0; n < 5; n += 1) await walk();

    clients.follow([tenantFrom("two")]);
    clients.closeReplaced();
    const ended = Promise.allSettled([walk()]);
    await new Promise((resolve) => setTimeout(resolve, 500));

    expect(microsoft.graphRequests).toHaveLength(5);
    stop.abort(never.reason);
    await ended;
    clients.close();
  });

  it("of another app registration have that one's own budget", async () => {
    microsoft.graph.push(...Array.from({ length: 6 }, () => page([])));
    const clients = createGraphClients([tenantFrom("one")], { version: "1.2.3", environment: {} });
    const walk = () => collect(clients.of(TENANT_ID).pages(SIGN_INS, never));
    for (let n = 0; n < 5; n += 1) await walk();

    clients.follow([tenantFrom("two", "11111111-0000-4000-8000-000000000001")]);
    await walk();

    expect(microsoft.graphRequests).toHaveLength(6);
    clients.close();
  });
});
