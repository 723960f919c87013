/**
 * Loops that hang, and a slow start, loaded into the service from outside: NODE_OPTIONS=--import=hangs.ts. Files in the
 * directory HANGS say when:
 *
 *   start     the start goes on only when it is gone
 *   <pid>     its content names what hangs in that process from now on, and so not in the one that follows it
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { takeOver, wrap } from "./wrapping.ts";

const { HANGS = "" } = process.env;

const never = () => new Promise(() => {});
const block = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);

/** What can hang: the method that is its next step, and how that one never ends. */
const STEPS = [
  { name: "sink", className: "SqliteStore", method: "after", hang: never },
  { name: "stream", className: "SqliteStore", method: "commit", hang: never },
  { name: "housekeeping", className: "SqliteStore", method: "isChangedOutside", hang: never },
  { name: "schedule", className: "Schedule", method: "tick", hang: () => undefined },
  { name: "event loop", className: "SqliteStore", method: "isChangedOutside", hang: block },
] as const;

takeOver({ SqliteStore: "store/sqlite/sqlite-store.js", Schedule: "ingest/schedule.js" }, (prototypes) => {
  for (const { name, className, method, hang } of STEPS) {
    wrap(prototypes[className], method, (original) => {
      return function (...args) {
        return asked() === name ? hang() : Reflect.apply(original, this, args);
      };
    });
  }
  wrap(prototypes["SqliteStore"], "openStream", (original) => {
    return async function (...args) {
      while (existsSync(join(HANGS, "start"))) await sleep(50);
      return Reflect.apply(original, this, args);
    };
  });
});

function asked(): string | undefined {
  const file = join(HANGS, String(process.pid));
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
