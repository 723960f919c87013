/** SIGHUP after SIGHUP. The long form is in `faults/`. */
import { expect, it } from "vitest";
import { reloadsUnderLoad } from "../faults/reloads.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";

const SIGHUPS = 12;

it.skipIf(!isRsyslogInstalled())(
  "12 SIGHUPs under load, one in four invalid: none lost, none repeated (needs rsyslogd)",
  { timeout: 600_000 },
  async () => {
    const row = await reloadsUnderLoad(SIGHUPS);

    expect(row).toMatchObject({ caused: SIGHUPS, lost: 0, duplicated: 0 });
    expect(row.events).toBeGreaterThan(6_000);
  },
);
