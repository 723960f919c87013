/**
 * When a change of a stream's or a sink's condition is worth a notice to the SIEM: at once where an operator must act or
 * the tenant's licence decides, after a minute where it is retried; trouble that passes sooner is nobody's business.
 */
import type { Health } from "./health.ts";
import type { Notice } from "./notice.ts";

const PATIENCE_MS = 60_000;

export type Change = "Parked" | "Failing" | "Throttled" | "Resting" | "Recovered";

export class Telling {
  /** What the SIEM was told last. */
  private told: Health | undefined;

  /** Goes on where an earlier run ended, which told what there was to tell. */
  resume(health: Health, now: number): void {
    this.changeTo(health, now);
  }

  /** The change that is to be told now, if any. `now` is the host's clock. */
  changeTo(health: Health, now: number): Change | undefined {
    const change = this.told === undefined ? firstChange(health, now) : nextChange(this.told, health, now);
    if (change !== undefined) this.told = change === "Recovered" ? undefined : health;
    return change;
  }
}

/** What a notice says of a condition. */
export function toldOf({ condition, trouble }: Health): Pick<Notice, "condition" | "code" | "remedy" | "message"> {
  const message = trouble?.message ?? "all is well";
  return { condition, code: trouble?.code, remedy: trouble?.remedy, message };
}

function nextChange(told: Health, health: Health, now: number): Change | undefined {
  if (health.condition === "working") return "Recovered";
  const isSame = told.condition === health.condition && told.trouble?.code === health.trouble?.code;
  return isSame ? undefined : firstChange(health, now);
}

function firstChange({ condition, trouble }: Health, now: number): Change | undefined {
  if (trouble === undefined || condition === "working") return undefined;
  if (condition === "blocked") return "Parked";
  if (condition === "resting") return "Resting";
  if (now - trouble.since < PATIENCE_MS) return undefined;
  return trouble.code === "ERF3002" ? "Throttled" : "Failing";
}
