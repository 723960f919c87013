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
}

/** A terminal, or a pipe or file without colours. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Screen {
  private readonly out: Output;

  constructor(out: Output) {
    this.out = out;
  }

  /** Something the demo does or waits for. */
  say(text: string): void {
    this.print(this.styled("bold", `▸ ${text}`));
  }

  /** One event as it reached the collector, in at most 100 columns. */
  event(line: CefLine, isLate = false): void {
    const { fields, severity, signature, name } = line;
    const level = severity >= 7 ? "red" : severity >= 4 ? "yellow" : "gray";
    const [kind = ""] = signature.split(".");
    const who = fields.get("suser") ?? fields.get("suid") ?? "";
    const where = fields.get("src") ?? fields.get("c6a2") ?? "";
    const revision = /@(?<number>\d+)$/.exec(fields.get("devicePayloadId") ?? "")?.groups?.["number"];
    const parts = [
      `sev ${String(severity).padStart(2)}`,
      cell(kind, 13),
      cell(name, 23),
      cell(who, 23),
      cell(where, 18),
      isLate ? "late" : revision === "1" ? "" : `rev ${revision}`,
    ];
    this.print(this.styled(level, `  ${printable(parts.join("  "))}`));
  }

  progress({ seconds, visible, delivered, kinds }: Progress): void {
    const counts = ["signIn", "riskDetection", "riskyUser"].map((kind) => `${kind} ${kinds.get(kind) ?? 0}`);
    const line = `${String(seconds).padStart(3)} s   visible in Graph ${visible}   delivered ${delivered}   (${counts.join(", ")})`;
    this.print(this.styled("cyan", line));
  }

  ledger(totals: Totals): void {
    const rows: [string, number, string][] = [
      ["became visible in Graph", totals.visible, ""],
      ["delivered", totals.delivered, ""],
      ["  of them late", totals.late, "appeared below the high-water mark, found by a sweep"],
      ["  of them revised", totals.revised, "a known record whose risk changed"],
      ["lost", totals.lost, ""],
      ["duplicated", totals.duplicated, "repeats that the outage does not explain"],
      ["repeated after the outage", totals.repeatedAfterOutage, "sent again because the collector had not confirmed"],
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
