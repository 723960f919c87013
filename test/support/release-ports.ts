/** At the end of a test run: workers are ended without a chance to give back the ports that they have reserved. */
import { rmSync } from "node:fs";
import { reservationsOf } from "./ports.ts";

export function teardown(): void {
  rmSync(reservationsOf(process.pid), { recursive: true, force: true });
}
