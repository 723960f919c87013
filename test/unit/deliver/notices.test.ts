import { expect, it } from "vitest";
import { TransientError } from "../../../src/core/errors.ts";
import type { Announcement, Notice } from "../../../src/core/notice.ts";
import { Notices } from "../../../src/deliver/notices.ts";
import { createLog } from "../../../src/telemetry/log.ts";

const stream = { tenantId: "t1", source: "signIns" } as const;

function telling() {
  const appended: Announcement[] = [];
  const state = { isFull: false };
  const notices = new Notices({
    store: {
      announce: async (announcements) => {
        if (state.isFull) throw new TransientError("ERF5004", "disk full");
        appended.push(...announcements);
      },
    },
    log: createLog({ level: "error", format: "json" }),
    now: () => 7,
    onAppended: () => {},
  });
  notices.follow([
    { name: "all", selection: {} },
    { name: "t1", selection: { tenantIds: ["t1"] } },
    { name: "t2", selection: { tenantIds: ["t2"] } },
    { name: "risks", selection: { sources: ["riskDetections"], minRiskLevel: "high" } },
  ]);
  return { notices, appended, state };
}

async function receiversOf(notice: Notice): Promise<string[]> {
  const { notices, appended } = telling();
  notices.tell(notice);
  await notices.flush();
  return appended.map(({ sink }) => sink);
}

it.each<[string, Notice, string[]]>([
  ["the forwarder", { kind: "started", message: "" }, ["all", "t1", "t2", "risks"]],
  ["a stream", { kind: "heartbeat", message: "", stream }, ["all", "t1"]],
  ["a tenant", { kind: "expiring", message: "", tenantId: "t2" }, ["all", "t2", "risks"]],
  ["a sink", { kind: "sinkParked", message: "", sink: "t2" }, ["all", "t2", "risks"]],
])("tells those whom it concerns of %s", async (_, notice, receivers) => {
  expect(await receiversOf(notice)).toEqual(receivers);
});

it("keeps what the state cannot take, in order, and repeats nothing", async () => {
  const { notices, appended, state } = telling();
  notices.follow([{ name: "all", selection: {} }]);
  state.isFull = true;
  notices.tell({ kind: "started", message: "" });
  await expect(notices.flush()).rejects.toThrow("disk full");
  notices.tell({ kind: "logFull", message: "" });
  state.isFull = false;

  await notices.flush();
  await notices.flush();

  expect(appended.map(({ notice }) => notice.kind)).toEqual(["started", "logFull"]);
  expect(new Set(appended.map(({ id }) => id)).size).toBe(2);
});

it("tells of all streams at once, however many there are", async () => {
  const { notices, appended } = telling();
  notices.follow([{ name: "all", selection: {} }]);
  for (let told = 0; told < 30_000; told += 1) notices.tell({ kind: "heartbeat", message: "", stream });

  await notices.flush();

  expect(appended).toHaveLength(30_000);
});

it("lets no heartbeats push out what waits for a state that cannot be written", async () => {
  const { notices, appended, state } = telling();
  notices.follow([{ name: "all", selection: {} }]);
  state.isFull = true;
  notices.tell({ kind: "logFull", message: "" });
  for (let told = 0; told < 30_000; told += 1) notices.tell({ kind: "heartbeat", message: "", stream });
  await expect(notices.flush()).rejects.toThrow("disk full");
  state.isFull = false;

  await notices.flush();

  expect(appended).toMatchObject([{ notice: { kind: "logFull" } }]);
});

it("bounds what waits, and drops the oldest", async () => {
  const { notices, appended, state } = telling();
  notices.follow([{ name: "all", selection: {} }]);
  state.isFull = true;
  for (let told = 1; told <= 30_000; told += 1) notices.tell({ kind: "streamFailing", message: `${told}`, stream });
  await expect(notices.flush()).rejects.toThrow("disk full");
  state.isFull = false;

  await notices.flush();

  expect(appended).toHaveLength(20_000);
  expect(appended.at(-1)).toMatchObject({ notice: { message: "30000" } });
});
