/** What a person sees of the demo. Everything from the wire is made printable. */
import { styleText } from "node:util";
import { printable } from "../core/printable.ts";
import type { CefLine } from "./cef-line.ts";
import type { Totals } from "./tally.ts";

export interface Progress {
  readonly seconds: number;
  readonly visible: number;
  readonly delivered: number;
  /** Lines received for each kind of event. */
  readonly kinds: ReadonlyMap<string, number>;
  /** Whether the collector is down. */
  readonly isOutage: boolean;
}

/** A terminal, or a pipe or file without colours. */
export interface Output {
  readonly isTTY?: boolean;
  /** Width of the terminal. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** An event takes this many columns; a wider terminal gives the rest to the name, then to the user. */
const COLUMNS = 100;
const NAME = { least: 23, most: 40 } as const;
const USER = { least: 23, most: 64 } as const;

export class Screen {
  private readonly out: Output;

  constructor(out: Output) {
    this.out = out;
  }

  /** Something the demo does or waits for. */
  say(text: string): void {
    this.print(this.styled("bold", `▸ ${text}`));
  }

  /** One event as it reached the collector, in 100 columns or the width of a wider terminal. */
  event(line: CefLine, isLate = false): void {
    const { fields, severity, signature, name } = line;
    const level = severity >= 7 ? "red" : severity >= 4 ? "yellow" : "gray";
    const [kind = ""] = signature.split(".");
    const who = fields.get("suser") ?? fields.get("suid") ?? "";
    const where = fields.get("src") ?? fields.get("c6a2") ?? "";
    const revision = /@(?<number>\d+)$/.exec(fields.get("devicePayloadId") ?? "")?.groups?.["number"];
    const room = Math.max(0, (this.out.columns ?? COLUMNS) - COLUMNS);
    const nameWidth = Math.min(NAME.most, NAME.least + room);
    const userWidth = Math.min(USER.most, USER.least + room - (nameWidth - NAME.least));
    const parts = [
      `sev ${String(severity).padStart(2)}`,
      cell(kind, 13),
      cell(name, nameWidth),
      cell(who, userWidth),
      cell(where, 18),
      isLate ? "late" : revision === "1" ? "" : `rev ${revision}`,
    ];
    this.print(this.styled(level, `  ${printable(parts.join("  "))}`));
  }

  progress({ seconds, visible, delivered, kinds, isOutage }: Progress): void {
    const counts = ["signIn", "riskDetection", "riskyUser"].map((kind) => `${kind} ${kinds.get(kind) ?? 0}`);
    const line = `${String(seconds).padStart(3)} s   visible in Graph ${visible}   delivered ${delivered}   (${counts.join(", ")})${isOutage ? "   (collector down)" : ""}`;
    this.print(this.styled("cyan", line));
  }

  ledger(totals: Totals): void {
    const rows: [string, number, string][] = [
      ["became visible in Graph", totals.visible, ""],
      ["delivered", totals.delivered, ""],
      ["  of them late", totals.late, "appeared after its time had been read; a sweep found it"],
      ["  of them revised", totals.revised, "a known record whose risk changed"],
      ["lost", totals.lost, ""],
      ["duplicated", totals.duplicated, "repeats that the outage does not explain"],
      ["repeated after the outage", totals.repeatedAfterOutage, "repeats that the outage explains"],
    ];
    this.print("");
    for (const [label, count, remark] of rows) {
      this.print(`  ${label.padEnd(28)}${String(count).padStart(6)}${remark === "" ? "" : `   ${remark}`}`);
    }
    this.print("");
  }

  private print(line: string): void {
    this.out.write(`${line}\n`);
  }

  private styled(style: Parameters<typeof styleText>[0], text: string): string {
    return this.out.isTTY === true ? styleText(style, text) : text;
  }
}

function cell(text: string, width: number): string {
  return (text.length > width ? `${text.slice(0, width - 1)}…` : text).padEnd(width);
}
