/** A file that is made under another name and then moved: complete or absent, whatever happens in between. */
import { closeSync, fsyncSync, openSync, renameSync } from "node:fs";
import { dirname } from "node:path";

/** Replaces what is at `path`. Both names must be in one directory. After success a power loss undoes nothing. */
export function moveIntoPlace(draft: string, path: string): void {
  sync(draft);
  renameSync(draft, path);
  sync(dirname(path));
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
