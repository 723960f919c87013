import { expect, it } from "vitest";
import { BlockedError } from "../../../src/core/errors.ts";
import { failed, NEW_HEALTH } from "../../../src/core/health.ts";
import { heartbeatOf } from "../../../src/deliver/heartbeats.ts";
import type { StreamStatus } from "../../../src/store/store.ts";

const status: StreamStatus = {
  stream: { tenantId: "t1", source: "signIns" },
  born: 0,
  rereads: [],
  sweeps: [],
  health: NEW_HEALTH,
  totals: { accepted: 42, revised: 1, late: 2, repaired: 0 },
  lost: [],
};

it("tells counts, lag and condition of a stream", () => {
  expect(heartbeatOf({ ...status, mark: 10_000 }, 72_400)).toMatchObject({
    kind: "heartbeat",
    stream: status.stream,
    count: 42,
    lagSeconds: 62,
    condition: "working",
    message: "all is well",
  });
});

it("names the code of what keeps a stream from being read", () => {
  const health = failed(NEW_HEALTH, new BlockedError("ERF3007", "no permission", "grant it"), 0, 0);

  const { lagSeconds, ...heartbeat } = heartbeatOf({ ...status, health }, 60_000);

  expect(heartbeat).toMatchObject({ condition: "blocked", code: "ERF3007", remedy: "grant it" });
  expect(lagSeconds).toBeUndefined();
});
