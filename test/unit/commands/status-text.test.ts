/** What `status` prints: readable in 80 columns, whatever it is told. */
import { describe, expect, it } from "vitest";
import { statusText } from "../../../src/commands/status-text.ts";
import { createTerminal } from "../../../src/commands/terminal.ts";
import { BlockedError, TransientError } from "../../../src/core/errors.ts";
import { failed } from "../../../src/core/health.ts";
import { FINE, NOW, reportWith, sinkOf, streamOf } from "../../support/report.ts";

/** Somewhere to write to, and what was written. */
function output(size: { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number } = {}) {
  const written: string[] = [];
  return { ...size, written, write: (text: string) => written.push(text) };
}

const PLAIN = createTerminal(output(), {});

const LONG = "a word that is repeated and ".repeat(9) + "x".repeat(200);

const TROUBLED = reportWith({
  streams: [
    streamOf(1, { health: failed(FINE, new BlockedError("ERF2003", LONG, `Renew it: ${LONG}`), NOW, 300_000) }),
    streamOf(2, {
      lost: [{ from: NOW - 9e8, to: NOW - 8e8 }],
      rereads: [
        { id: 1, reason: "first start", from: NOW - 9e8, to: NOW, position: NOW - 8e8, sliceMs: 1, failures: 0 },
      ],
      totals: { accepted: 9_999_999_999, revised: 1_234_567, late: 1_234_567, repaired: 1_234_567 },
    }),
  ],
  sinks: [
    sinkOf(`sink-${"n".repeat(58)}`, {
      health: failed(FINE, new TransientError("ERF4001", "\u001b[2J\u202enot there"), NOW, 1),
    }),
    sinkOf("siem", {
      oldest: NOW - 60_000,
      deadLetters: 2,
      books: {
        accepted: 9_999_999_999,
        delivered: 9_999_999_000,
        filtered: 123_456,
        rejected: 123_456,
        missed: 123_456,
        pending: 123_456,
        resent: 123_456,
      },
    }),
  ],
});

describe("the status of much trouble", () => {
  const lines = statusText(TROUBLED, PLAIN).split("\n");

  it("keeps within 80 columns and breaks no word that fits", () => {
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.join(" ")).not.toMatch(/repea |repeate /);
  });

  it("begins with the verdict, then what to do about the worst", () => {
    expect(lines.slice(0, 4)).toEqual([
      "Not all is arriving: 2 things need a person",
      "daemon: running, as of 2026-11-25 22:10:00Z",
      "",
      "  ERF2003 tenant-1 signIns",
    ]);
    expect(lines.findIndex((line) => line.includes("remedy: Renew it"))).toBeLessThan(
      lines.findIndex((line) => line.startsWith("streams")),
    );
  });

  it("aligns its columns", () => {
    const rows = lines.filter((line) => /^ .* (working|blocked|waiting) {2,}/.test(line));

    expect(rows).toHaveLength(4);
    expect(new Set(rows.map((row) => row.search(/ (working|blocked|waiting) {2,}/))).size).toBe(1);
    expect(new Set(rows.map(({ length }) => length)).size).toBe(1);
  });

  it("prints nothing that a terminal obeys", () => {
    expect(lines.join("")).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});

/** What is printed of a sink whose cursor is not at the log's end, with so many events of its books before it. */
function waitingText(pending: number): string {
  const sink = sinkOf("siem", { oldest: NOW, books: { ...sinkOf("siem").books, pending } });
  return statusText(reportWith({ sinks: [sink] }), PLAIN);
}

it("tells of the oldest that waits where events do, not where notices alone do", () => {
  expect(waitingText(1)).toContain("the oldest that waits is from 2026-11-25 22:10:00Z");
  expect(waitingText(0)).not.toContain("the oldest");
});

describe("a terminal", () => {
  it("gets colours, and none where NO_COLOR or a dumb terminal asks for none; a file gets none at all", () => {
    const text = (isTTY: boolean, environment: NodeJS.ProcessEnv) =>
      statusText(TROUBLED, createTerminal(output({ isTTY }), environment));

    expect(text(true, {})).toContain("\u001b[31m");
    const plain = statusText(TROUBLED, PLAIN);
    expect([text(true, { NO_COLOR: "1" }), text(true, { TERM: "dumb" }), text(false, {})]).toEqual([
      plain,
      plain,
      plain,
    ]);
  });

  it("is drawn over, no longer than it is high", () => {
    const out = output({ isTTY: true, columns: 80, rows: 4 });
    const terminal = createTerminal(out, {});

    terminal.draw("one\ntwo\n");
    terminal.draw("1\n2\n3\n4\n5\n");

    expect(out.written).toEqual([
      "\u001b[2J\u001b[Hone\u001b[K\ntwo\u001b[K\n\u001b[J",
      "\u001b[H1\u001b[K\n2\u001b[K\n… 3 more lines\u001b[K\n\u001b[J",
    ]);
  });

  it("is no file, which gets one block after the other", () => {
    const out = output();
    const terminal = createTerminal(out, {});

    terminal.draw("one\n");
    terminal.draw("two\n");

    expect(out.written.join("")).toBe("one\n\ntwo\n");
  });
});
