/** What commands do with the state, beside a store that the daemon would have open. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OperatorStore } from "../../src/store/operator-store.ts";
import { openStoreBeside } from "../../src/store/sqlite/sqlite-operator-store.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { acknowledgement } from "../support/acknowledgement.ts";
import { received } from "../support/received.ts";

const signIns = { tenantId: "t1", source: "signIns" } as const;

describe("the operator's view of the state", () => {
  let directory: string;
  let store: Store;
  let operator: OperatorStore;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "operator-"));
    store = openStore(join(directory, "state.db"), Date.now);
    operator = openStoreBeside(join(directory, "state.db"), Date.now);
    await store.openStream(signIns, 1);
    await store.openSink("siem", "start");
    await store.commit(signIns, [received({ id: "a" })], {});
    await store.acknowledge("siem", acknowledgement(0, 1, [{ seq: 1, reason: "too large" }]));
  });

  afterEach(async () => {
    await operator.close();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("sends a dead letter again once, however often it is named", async () => {
    expect(await operator.resend({ sink: "siem", seqs: [1, 1] })).toBe(1);

    expect([...(await store.after(1, 10))].map(({ id, sink }) => [id, sink])).toEqual([["a", "siem"]]);
    await expect(operator.resend({ sink: "siem", seqs: [1] })).rejects.toMatchObject({ code: "ERF5008" });
  });

  it("opens re-reads of the streams that were read, and names the others", async () => {
    const detections = { tenantId: "t1", source: "riskDetections" } as const;
    await store.openStream(detections, 1);
    const requests = [signIns, detections].map((stream) => ({ stream, reason: "audit" as const, from: 0, to: 90 }));

    await expect(operator.requestReReads(requests)).rejects.toMatchObject({ code: "ERF5008" });
    await store.commit(signIns, [], { mark: 100 });

    expect(await operator.requestReReads(requests)).toEqual({ ids: [1], unread: [detections] });
    expect((await store.openStream(signIns, 1)).state.rereads).toMatchObject([{ reason: "audit", from: 0, to: 90 }]);
    expect((await store.openStream(detections, 1)).state.rereads).toEqual([]);
  });

  it("opens none for a sink that has no place in the log yet: it would begin behind what is read for it", async () => {
    await store.commit(signIns, [], { mark: 100 });
    const request = { stream: signIns, reason: "backfill", from: 0, to: 90, sink: "new" } as const;

    await expect(operator.requestReReads([request])).rejects.toMatchObject({ code: "ERF5008" });
    expect((await store.openStream(signIns, 1)).state.rereads).toEqual([]);
  });
});
