import { describe, expect, it } from "vitest";
import { Probes, textOf } from "../../../src/commands/check-finding.ts";
import { ProgressLine } from "../../../src/commands/check-progress.ts";
import { BlockedError, UnavailableError } from "../../../src/core/errors.ts";

function shown(isTTY: boolean): string[] {
  const written: string[] = [];
  const line = new ProgressLine({ isTTY, columns: 40, write: (text) => written.push(text) });
  line.show(["sink siem: test record", "tenant contoso: token"]);
  line.show([]);
  return written;
}

describe("a finding", () => {
  const finding = {
    subject: "sink siem: TLS",
    outcome: "failed",
    code: "ERF4004",
    message: "collector.example.net:6514: certificate refused\u001b[31m (CERT_HAS_EXPIRED)",
    remedy: "Renew the collector's certificate",
  } as const;

  it("is one line without a width", () => {
    expect(textOf(finding)).toBe(
      "failed  sink siem: TLS: ERF4004 collector.example.net:6514: certificate refused [31m (CERT_HAS_EXPIRED). Remedy: Renew the collector's certificate.",
    );
    expect(textOf({ subject: "tenant contoso: token", outcome: "passed" })).toBe("passed  tenant contoso: token");
  });

  it("keeps to a width, with the remedy on a line of its own", () => {
    expect(textOf(finding, 60).split("\n")).toEqual([
      "failed  sink siem: TLS: ERF4004 collector.example.net:6514:",
      "        certificate refused [31m (CERT_HAS_EXPIRED).",
      "        Remedy: Renew the collector's certificate.",
    ]);
  });
});

describe("probes", () => {
  it("tell what an attempt threw by who must act, and what is being tried", async () => {
    const tried: string[] = [];
    const probes = new Probes((trying) => tried.push(trying.join("+")));
    const probe = { subject: "a", late: "ERF4001" } as const;

    const found = await Promise.all([
      probes.run(probe, async () => undefined),
      probes.run({ ...probe, subject: "b" }, () => Promise.reject(new BlockedError("ERF4005", "refused", "Act."))),
      probes.run({ ...probe, subject: "c" }, () => Promise.reject(new UnavailableError("ERF3008", "none", "Rest."))),
    ]);

    expect(found).toEqual([
      { subject: "a", outcome: "passed" },
      { subject: "b", outcome: "failed", code: "ERF4005", message: "refused", remedy: "Act." },
      { subject: "c", outcome: "resting", code: "ERF3008", message: "none", remedy: "Rest." },
    ]);
    expect(tried[2]).toBe("a+b+c");
    expect(tried.at(-1)).toBe("");
  });
});

describe("the progress line", () => {
  it("keeps to the terminal's width and is erased at the end", () => {
    expect(shown(true)).toEqual([`\r\u001b[2Ktrying  sink siem: test record and 1 mo`, "\r\u001b[2K"]);
  });

  it("is nothing elsewhere", () => {
    expect(shown(false)).toEqual([]);
  });
});
