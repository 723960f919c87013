/** The files of the status page, as the build puts them beside this module. There are no others at any path. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "page");

const TYPES = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
} as const;

interface PageFile {
  readonly name: string;
  readonly type: string;
}

const MODULES = ["main", "element", "wording", "overview", "tables", "plots", "chart"];

const FILES: readonly (readonly [string, PageFile])[] = [
  ["/", { name: "page.html", type: TYPES.html }],
  ["/page/page.css", { name: "page.css", type: TYPES.css }],
  ["/page/icon.svg", { name: "icon.svg", type: TYPES.svg }],
  ...MODULES.map((name) => [`/page/${name}.js`, { name: `${name}.js`, type: TYPES.js }] as const),
];

/** By path. */
export const PAGE_FILES: ReadonlyMap<string, PageFile> = new Map(FILES);

export async function readPageFile(path: string): Promise<{ readonly type: string; readonly content: string }> {
  const file = PAGE_FILES.get(path);
  if (file === undefined) throw new Error(`no file of the page is at ${path}`);
  return { type: file.type, content: await readFile(join(FOLDER, file.name), "utf8") };
}
