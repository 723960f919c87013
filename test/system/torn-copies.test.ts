/** TORN_COPIES sets how many copies are taken (default 40, for a release 1000). */
import { describe, expect, it } from "vitest";
import { tornCopies } from "../faults/torn-copies.ts";
import { isImrelpInstalled } from "../support/rsyslog.ts";

const COPIES = Number(process.env["TORN_COPIES"] ?? 40);

describe.skipIf(!isImrelpInstalled())("copies of a state under load (needs rsyslogd with imrelp)", () => {
  it("open or are refused with the way out, whole or torn, and pass nothing over", {
    timeout: 180_000 + COPIES * 2_000,
  }, async () => {
    expect(await tornCopies({ copies: COPIES })).toHaveLength(2);
  });
});
