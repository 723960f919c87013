/** Who may import what. The picture in the README shows the same layers. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../../src");

/** For each folder, the folders it may import from besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  formats: ["core"],
  graph: ["core"],
  sources: ["core", "graph"],
  sinks: ["core", "config"],
  store: ["core"],
  simulator: ["core"],
  telemetry: ["core", "store"],
  ingest: ["core", "graph", "sources", "store", "telemetry"],
  deliver: ["core", "formats", "sinks", "store", "telemetry"],
  config: ["core", "deliver", "formats", "graph", "sinks", "telemetry"],
  demo: ["core", "simulator"],
  commands: [
    "config",
    "core",
    "demo",
    "formats",
    "graph",
    "sinks",
    "sources",
    "store",
    "telemetry",
    "daemon.ts",

    "version.ts",
  ],
};

/** A package and the only places that know it. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  "better-sqlite3": ["store/sqlite/"],
  axios: ["graph/"],
  "axios-retry": ["graph/"],
  "@azure/msal-node": ["graph/"],
  "syslog-client": ["sinks/"],
  "node-cron": ["ingest/"],
  winston: ["telemetry/"],
  "prom-client": ["telemetry/"],
  commander: ["command-line.ts"],
  yaml: ["config/", "commands/", "demo/"],
  "node:http": ["graph/", "telemetry/", "simulator/"],
  "node:net": ["sinks/", "simulator/", "core/"],
  "node:tls": ["sinks/"],
};

interface Import {
  readonly file: string;
  readonly target: string;
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(SRC, file), "utf8");
  const targets = [...text.matchAll(/(?:from|import\()\s*"(?<target>[^"]+)"/g)];
  return targets.map(({ groups }) => ({ file, target: groups?.["target"] ?? "" }));
});

function layerOf(path: string): string {
  return path.split("/")[0] ?? path;
}

describe("layers", () => {
  it("finds the imports of every file", () => {
    expect(files.length).toBeGreaterThan(40);
    expect(imports.length).toBeGreaterThan(files.length);
  });

  it("import only what they may know", () => {
    const wrong = imports
      .filter(({ target }) => target.startsWith("."))
      .map(({ file, target }) => ({ file, target: normalize(join(dirname(file), target)) }))
      .filter(({ file }) => layerOf(file) in MAY_IMPORT)
      .filter(
        ({ file, target }) =>
          layerOf(target) !== layerOf(file) && !MAY_IMPORT[layerOf(file)]?.includes(layerOf(target)),
      )
      .map(({ file, target }) => `${file} imports ${target}`);

    expect(wrong).toEqual([]);
  });

  it.each(Object.entries(ONLY_IN))("keep %s in its place", (name, places) => {
    const wrong = imports
      .filter(({ target }) => target === name)
      .filter(({ file }) => !places.some((place) => file.startsWith(place)))
      .map(({ file }) => relative("", file));

    expect(wrong).toEqual([]);
  });

  it("import the command line from main only, and main from nowhere", () => {
    expect(imports.filter(({ target }) => target.endsWith("/main.ts"))).toEqual([]);
    expect(imports.filter(({ target }) => target.endsWith("/command-line.ts")).map(({ file }) => file)).toEqual([
      "main.ts",
    ]);
  });

  it("have no file over 300 lines", () => {
    const long = files.filter((file) => readFileSync(join(SRC, file), "utf8").split("\n").length > 301);

    expect(long).toEqual([]);
  });
});
