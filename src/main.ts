#!/usr/bin/env node
/** Starts the program. The version check comes before any import that an older Node.js could not load. */
import { keepHeapSmall } from "./heap.ts";

// A reload that is asked for before `run` listens must not end the process: it is about to read the file anyway.
if (process.argv[2] === "run") process.on("SIGHUP", () => {});

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 24 || (major === 24 && minor < 5)) {
  process.stderr.write(
    `ERF1004 entra-risk-forwarder needs Node.js 24.5 or newer, and this is ${process.versions.node}: install Node.js 24 LTS.\n`,
  );
  process.exit(78);
}

// Before anything is loaded, so that it holds for the loading too.
keepHeapSmall();
const { runCommandLine } = await import("./command-line.ts");
await runCommandLine(process.argv);
