/**
 * The golden lines as two parsers read them that nobody here wrote: liblognorm and jc. Their known bugs are dealt with
 * one by one; everything else must come out as it went in.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { goldenCases } from "../support/cef-golden.ts";
import { type CefLine, parseCef } from "../support/cef-line.ts";

interface Golden extends CefLine {
  readonly name: string;
  readonly line: string;
}

const goldens: readonly Golden[] = goldenCases().map(({ name, expected }) => {
  const line = expected.trimEnd();
  return { name, line, ...parseCef(line) };
});

describe("liblognorm", () => {
  it("reads every golden line as it was written", (context) => {
    if (!isInstalled("lognormalizer", "-V")) context.skip("lognormalizer is not installed");

    const answers = normalize(goldens.map(({ line }) => withSpaceAfterHeader(line)));

    expect(answers).toHaveLength(goldens.length);
    for (const [index, { name, header, fields }] of goldens.entries()) {
      const [, DeviceVendor, DeviceProduct, DeviceVersion, SignatureID, Name, Severity] = header;
      const expected = { DeviceVendor, DeviceProduct, DeviceVersion, SignatureID, Name, Severity };
      expect(answers[index], name).toEqual({ f: { ...expected, Extensions: Object.fromEntries(fields) } });
    }
  });
});

describe("jc", () => {
  it("reads every golden line as it was written", (context) => {
    if (!isInstalled("jc", "--version")) context.skip("jc is not installed");

    const answers = JSON.parse(run("jc", ["--cef"], `${goldens.map(({ line }) => line).join("\n")}\n`));

    expect(answers).toHaveLength(goldens.length);
    for (const [index, golden] of goldens.entries()) {
      expect(answers[index], golden.name).toEqual(asJcShows(golden));
    }
  });
});

function isInstalled(command: string, flag: string): boolean {
  return spawnSync(command, [flag]).error === undefined;
}

function run(command: string, args: readonly string[], input: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { input, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return stdout;
}

function normalize(lines: readonly string[]): unknown[] {
  const directory = mkdtempSync(join(tmpdir(), "cef-parsers-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const rules = join(directory, "cef.rb");
  writeFileSync(rules, "version=2\nrule=:%f:cef%\n");
  const output = run("lognormalizer", ["-r", rules, "-e", "json"], `${lines.join("\n")}\n`);
  return output
    .trimEnd()
    .split("\n")
    .map((answer): unknown => JSON.parse(answer));
}

/** liblognorm 2.0.6 drops the first letter of the first key otherwise (rsyslog/liblognorm#363). */
function withSpaceAfterHeader(line: string): string {
  return line.replace(/^(?<header>CEF:0(?:\|[^|]*){6}\|) ?/, "$<header> ");
}

/** jc makes a number of a signature's digits, 0 of `some_New_Type_2`; nothing of ours is in it. */
function isNumberOrNull(value: unknown): boolean {
  return value === null || typeof value === "number";
}

const TIMES = ["rt", "start", "end"];
const SEVERITIES = ["Low", "Low", "Low", "Low", "Medium", "Medium", "Medium", "High", "High", "Very-High", "Very-High"];

/** A field with a label comes under its label, numbers as such, and times a second time in whole seconds. */
function asJcShows({ header, fields }: Golden): Readonly<Record<string, unknown>> {
  const [, deviceVendor, deviceProduct, deviceVersion, deviceEventClassId, name, severity] = header;
  const shown: Record<string, unknown> = {
    CEFVersion: 0,
    deviceVendor,
    deviceProduct,
    deviceVersion,
    deviceEventClassId,
    name,
    agentSeverity: severity,
    agentSeverityString: SEVERITIES[Number(severity)],
    agentSeverityNum: Number(severity),
    deviceEventClassIdNum: expect.toSatisfy(isNumberOrNull),
  };
  for (const [key, value] of fields) {
    if (key.endsWith("Label")) continue;
    const label = fields.get(`${key}Label`)?.replaceAll(" ", "_");
    shown[label ?? key] = /^c(?:n|fp)\d$/.test(key) ? Number(value) : asJcUnescapes(value);
    if (TIMES.includes(key))
      Object.assign(shown, { [`${key}_epoch`]: Number(value.slice(0, 10)), [`${key}_epoch_utc`]: null });
  }
  return shown;
}

/**
 * jc replaces one kind of escape after the other in the whole value, backslashes first: what a backslash of the value
 * leaves behind is taken for the next escape, so that `C:\new` gets a line break and `\"` loses its backslash. Values
 * without a backslash are not concerned.
 */
function asJcUnescapes(value: string): string {
  if (!value.includes("\\")) return value;
  return value
    .replaceAll("=", "\\=")
    .replaceAll(/\\(?<escaped>["\]|=%#])/g, "$<escaped>")
    .replaceAll("\\n", "\n")
    .replaceAll("\\r", "\r");
}
