/** The short form of the fault suite. `npm run test:faults` is the long one: the same functions with larger counts. */
import { describe, expect, it } from "vitest";
import { isImrelpInstalled } from "../support/rsyslog.ts";
import { isStraceUsable } from "../support/strace.ts";
import { backlog } from "./backlog.ts";
import { checkpointKills } from "./checkpoint-kills.ts";
import { failpointKills } from "./failpoint-kills.ts";
import { FAILPOINT_NAMES } from "./failpoints.ts";
import { lateRecords } from "./late-records.ts";
import { longOutage } from "./long-outage.ts";
import { noFault } from "./no-fault.ts";
import { poisonRecords } from "./poison.ts";
import { randomKills } from "./random-kills.ts";
import { storageErrors } from "./storage-errors.ts";
import { throttling } from "./throttling.ts";

const canTrace = await isStraceUsable();

describe.skipIf(!isImrelpInstalled())(
  "faults (needs rsyslogd with imrelp)",
  { concurrent: true, timeout: 900_000 },
  () => {
    it("kill -9 at random moments loses nothing and repeats what was unconfirmed at most", async () => {
      expect(await randomKills({ kills: 6, events: 3_000 })).toHaveLength(2);
    });

    it.each(FAILPOINT_NAMES)("kill -9 %s loses nothing and repeats what was unconfirmed at most", async (point) => {
      expect(await failpointKills({ point, kills: 2 })).toHaveLength(2);
    });

    it("without a fault everything comes once, in the log's order, and nothing again after a clean restart", async () => {
      expect(await noFault({ events: 3_000 })).toHaveLength(2);
    });

    it("events that pile up while the collectors are down are all delivered", async () => {
      expect(await backlog({ events: 3_000, before: 1_000 })).toHaveLength(2);
    });

    it("records that the collector refuses are dead letters, and no other", async () => {
      expect(await poisonRecords({ events: 3_000 })).toHaveLength(1);
    });

    it("a while of 429 without Retry-After exceeds no budget and loses nothing", async () => {
      expect(await throttling({ forMs: 10_000, recoversWithinMs: 300_000 })).toHaveLength(2);
    });

    it("records that are late, revised or stale are delivered once for each change", async () => {
      expect(await lateRecords({ events: 30 })).toHaveLength(2);
    });

    it("an outage longer than the sweeps loses what Graph has forgotten and says so", async () => {
      expect(await longOutage({ events: 30 })).toHaveLength(2);
    });

    describe.skipIf(!canTrace)("of the disk (needs strace)", { concurrent: true, timeout: 900_000 }, () => {
      it("kill -9 in a checkpoint of the write-ahead log loses nothing", async () => {
        expect(await checkpointKills({ kills: 2 })).toHaveLength(2);
      });

      it.each([
        { error: "EIO", calls: "write", each: 3, failures: 10 },
        { error: "EIO", calls: "sync", each: 3, failures: 10 },
        { error: "ENOSPC", calls: "write", each: 1, failures: 10 },
      ] as const)("$error at one $calls in $each keeps the daemon up and loses nothing", async (errors) => {
        expect(await storageErrors(errors)).toHaveLength(2);
      });
    });
  },
);
