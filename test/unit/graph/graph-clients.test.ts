import { afterEach, beforeEach, expect, it } from "vitest";
import { createGraphClients } from "../../../src/graph/graph-clients.ts";
import { until } from "../../support/poll.ts";
import { CLIENT_ID, collect, Microsoft, never, page, SIGN_INS } from "./microsoft.ts";

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
