/** The short form of the fault suite. `npm run test:faults` is the long one: the same functions with larger counts. */
import { describe, expect, it } from "vitest";
import { checkpointKills } from "../faults/checkpoint-kills.ts";
import { failpointKills } from "../faults/failpoint-kills.ts";
import { FAILPOINT_NAMES } from "../faults/failpoints.ts";
import { randomKills } from "../faults/random-kills.ts";
import { storageErrors } from "../faults/storage-errors.ts";
import { isImrelpInstalled } from "../support/rsyslog.ts";
import { isStraceUsable } from "../support/strace.ts";

const canTrace = await isStraceUsable();

describe.skipIf(!isImrelpInstalled())("faults (needs rsyslogd with imrelp)", { concurrent: true }, () => {
  it("kill -9 at random moments loses nothing and repeats what was unconfirmed at most", async () => {
    expect(await randomKills({ kills: 6, events: 3_000 })).toHaveLength(2);
  });

  it.each(FAILPOINT_NAMES)("kill -9 %s loses nothing and repeats what was unconfirmed at most", async (point) => {
    expect(await failpointKills({ point, kills: 2 })).toHaveLength(2);
  });

  describe.skipIf(!canTrace)("of the disk (needs strace)", { concurrent: true }, () => {
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
});
