/** What every source must do, read from the simulated Graph over real sockets as the daemon reads it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BlockedError, TransientError, UnavailableError } from "../../src/core/errors.ts";
import { type Identity, type SourceName } from "../../src/core/event.ts";
import { Secret } from "../../src/core/secret.ts";
import type { GraphClient, Page } from "../../src/graph/graph-client.ts";
import { createGraphClients, type GraphClients } from "../../src/graph/graph-clients.ts";
import { RecordFactory } from "../../src/simulator/records.ts";
import { Simulator } from "../../src/simulator/simulator.ts";
import { SOURCES } from "../../src/sources/registry.ts";
import type { Window } from "../../src/sources/source.ts";

const TENANT = "7c1f4f0e-2b6d-4a51-9f0c-000000000001";
const APP = { tenantId: TENANT, clientId: "2f9c1d0e-0000-4000-8000-000000000001", clientSecret: "canary-secret" };
const MINUTE_MS = 60_000;
/** More than the cap of an answer. */
const OVERSIZED = { kind: "oversized", bytes: 65 * 1024 * 1024 } as const;

const never = new AbortController().signal;

const idsOf = (pages: readonly Page[]) =>
  pages.flatMap((page) => Array.from(page.records, ({ identity }) => identity.id));

export function describeSource(name: SourceName): void {
  describe(`source ${name}`, () => {
    const source = SOURCES[name];
    let simulator: Simulator;
    let clients: GraphClients;
    let graph: GraphClient;
    let records: RecordFactory;

    beforeEach(async () => {
      simulator = new Simulator({ tenants: [APP] });
      const endpoints = await simulator.start();
      const { clientSecret, ...app } = APP;
      const tenant = {
        ...app,
        name: "contoso",
        cloud: "global" as const,
        endpoints,
        recipe: "",
        credential: () => Promise.resolve({ clientSecret: new Secret(clientSecret) }),
      };
      clients = createGraphClients([tenant], { version: "1.2.3", environment: {}, deadlineMs: 5_000 });
      graph = clients.of(TENANT);
      records = new RecordFactory(7);
    });

    afterEach(async () => {
      const { violations } = simulator;
      clients.close();
      await simulator.stop();
      expect(violations).toEqual([]);
    });

    /** Makes a record visible whose time lies so far back; answers its id. */
    function show(ageMs: number, variant: "plain" | "hostile" | "sparse" = "plain"): string {
      const record = records.invent(name, simulator.clock.now() - ageMs, { variant });
      simulator.show(TENANT, name, record);
      return String(record["id"]);
    }

    async function read(window: Partial<Window> = {}): Promise<Page[]> {
      const pages: Page[] = [];
      for await (const page of source.pages({ priority: "head", ...window }, graph, never)) {
        // They are gone once the next page is asked for.
        pages.push({ ...page, records: [...page.records] });
      }
      return pages;
    }

    async function readOne(): Promise<Identity> {
      const [page] = await read();
      return [...page!.records][0]!.identity;
    }

    it("reads a window to its last page, every record once", async () => {
      const ids = Array.from({ length: 7 }, (_, index) => show(index * MINUTE_MS));
      const present = await graph.connect(never);

      const pages = await read({ from: present - 60 * MINUTE_MS, top: 3 });

      expect(idsOf(pages).toSorted()).toEqual(ids.toSorted());
      expect(pages.map(({ isLast }) => isLast)).toEqual([false, false, true]);
    });

    it("asks for pages that Graph allows", async () => {
      show(MINUTE_MS);

      expect(idsOf(await read({ from: simulator.clock.now() - 60 * MINUTE_MS }))).toHaveLength(1);
    });

    it("leaves out what lies outside a window with two ends", async () => {
      const [, inside] = [show(50 * MINUTE_MS), show(30 * MINUTE_MS), show(10 * MINUTE_MS)];
      const now = simulator.clock.now();

      expect(idsOf(await read({ from: now - 40 * MINUTE_MS, to: now - 20 * MINUTE_MS }))).toEqual([inside]);
    });

    it("answers an empty window with one last page that tells Graph's time", async () => {
      const before = Math.floor(simulator.clock.now() / 1_000) * 1_000;

      const [page, ...more] = await read({ from: simulator.clock.now() });

      expect(more).toEqual([]);
      expect(page).toMatchObject({ records: { length: 0 }, isLast: true });
      expect(page?.serverTime).toBeGreaterThanOrEqual(before);
      expect(page?.serverTime).toBeLessThanOrEqual(simulator.clock.now());
    });

    it("identifies every kind of record by its id, time and state", async () => {
      const ids = (["plain", "hostile", "sparse"] as const).map((variant) => show(MINUTE_MS, variant));

      const found = (await read({ top: 500 })).flatMap(({ records: items }) =>
        Array.from(items, ({ identity }) => identity),
      );

      expect(found.map((identity) => identity.id).toSorted()).toEqual(ids.toSorted());
      for (const { revision } of found) expect(revision).toMatch(/^[0-9a-f]{32}$/);
    });

    it("gives a record that is news another revision, and a second look the same", async () => {
      const id = show(MINUTE_MS);
      const first = await readOne();

      expect(await readOne()).toEqual(first);
      simulator.revise(TENANT, name, id, { riskState: "dismissed" });

      const second = await readOne();
      expect(second.id).toBe(first.id);
      expect(second.revision).not.toBe(first.revision);
      if (first.changed !== undefined) expect(second.changed).toBeGreaterThanOrEqual(first.changed);
    });

    it("survives an empty page in the middle and a short one", async () => {
      const ids = Array.from({ length: 6 }, (_, index) => show(index * MINUTE_MS));
      const faults = [
        simulator.fault({ kind: "empty-page", source: name, after: 1, times: 1 }),
        simulator.fault({ kind: "short-page", source: name, times: 1 }),
      ];

      const pages = await read({ top: 3 });

      expect(new Set(idsOf(pages))).toEqual(new Set(ids));
      for (const { fired } of faults) expect(fired).toBe(1);
    });

    it.each(["foreign-link", "link-loop", "skip-token-expired"] as const)(
      "ends a walk that is broken by %s, to be begun anew",
      async (kind) => {
        for (let count = 0; count < 6; count += 1) show(count * MINUTE_MS);
        const fault = simulator.fault({ kind, source: name, times: 1 });

        await expect(read({ top: 3 })).rejects.toMatchObject({ name: "TransientError", code: "ERF3010" });

        expect(fault.fired).toBe(1);
        expect(idsOf(await read({ top: 3 }))).toHaveLength(6);
      },
    );

    it.each([{ kind: "truncated" }, OVERSIZED] as const)(
      "says that a smaller window could help: $kind",
      async (broken) => {
        show(MINUTE_MS);
        const fault = simulator.fault({ ...broken, source: name, times: 1 });

        await expect(read()).rejects.toMatchObject({ name: "TransientError", narrow: true });
        expect(fault.fired).toBe(1);
      },
    );

    it.each([
      { kind: "throttle", retryAfter: "1" },
      { kind: "throttle" },
      { kind: "server-error", status: 503, body: "html" },
      { kind: "reset" },
      { kind: "token-refused" },
      { kind: "claims-challenge", notBefore: "1791960900" },
    ] as const)("goes on by itself after $kind", async (fault) => {
      const id = show(MINUTE_MS);
      const handle = simulator.fault({ ...fault, source: name, times: 1 });

      expect(idsOf(await read())).toEqual([id]);
      expect(handle.fired).toBe(1);
    });

    it("says who must act when the permission or the licence is missing", async () => {
      const permission = simulator.fault({ kind: "permission-missing", source: name });
      const blocked = await read().catch((error: unknown) => error);
      permission.clear();
      simulator.change(TENANT, { licensed: [] });
      const unlicensed = await read().catch((error: unknown) => error);

      expect(blocked).toBeInstanceOf(BlockedError);
      expect(blocked).toMatchObject({ code: "ERF3007", remedy: expect.stringContaining(source.permission) });
      expect(unlicensed).toBeInstanceOf(UnavailableError);
      expect(unlicensed).toMatchObject({ code: "ERF3008" });
      expect(permission.fired).toBe(1);
    });

    it("comes back when Graph does", async () => {
      const id = show(MINUTE_MS);
      await graph.connect(never);
      await simulator.stop();

      await expect(read()).rejects.toBeInstanceOf(TransientError);

      await simulator.start();
      expect(idsOf(await read())).toEqual([id]);
    });
  });

  describe("source signIns", () => {
    it("is told when a window reaches further back than Graph's retention", async () => {
      const simulator = new Simulator({ tenants: [APP] });
      const endpoints = await simulator.start();
      const { clientSecret, ...app } = APP;
      const credential = () => Promise.resolve({ clientSecret: new Secret(clientSecret) });
      const tenant = { ...app, name: "contoso", cloud: "global" as const, endpoints, recipe: "", credential };
      const clients = createGraphClients([tenant], { version: "1.2.3", environment: {} });
      const window = { from: simulator.clock.now() - 31 * 86_400_000, priority: "reread" as const };

      const walk = SOURCES.signIns.pages(window, clients.of(TENANT), never)[Symbol.asyncIterator]();

      await expect(walk.next()).rejects.toMatchObject({ name: "TooOldError", code: "ERF3011" });
      clients.close();
      await simulator.stop();
    });
  });
}
