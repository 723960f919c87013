/**
 * argv → command → exit code. Exit codes: 0 fine, 1 the command found trouble, 64 wrong usage, 65 the state cannot be
 * used, 70 a bug, 78 the configuration cannot be used (sysexits.h; the service manager must not restart on 64, 65, 78).
 */
import { Command, CommanderError } from "commander";
import { check } from "./commands/check.ts";
import { showConfig, showSchema } from "./commands/config.ts";
import { demo } from "./commands/demo.ts";
import { run } from "./commands/run.ts";
import { status } from "./commands/status.ts";
import { ConfigError, ForwarderError, StateError } from "./core/errors.ts";
import { printable } from "./core/printable.ts";
import { readVersion } from "./version.ts";

const CONFIG = ["-c, --config <file>", "configuration file in YAML"] as const;
const JSON_OUTPUT = ["--json", "print one JSON object"] as const;

export async function runCommandLine(argv: readonly string[]): Promise<void> {
  // A reader that goes away (`… | head`) ends the output, not the process.
  process.stdout.on("error", () => {});
  try {
    await program().parseAsync(argv);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    // Commander has said already what is wrong.
    if (error instanceof CommanderError) return;
    process.stderr.write(`${errorText(error)}\n`);
  }
}

function program(): Command {
  const version = readVersion();
  const root = new Command("entra-risk-forwarder")
    .description("Forwards sign-ins, risk detections and risky users of Microsoft Entra ID Protection to a SIEM.")
    .version(version)
    .showHelpAfterError()
    .exitOverride();
  root
    .command("run")
    .description("run the daemon")
    .requiredOption(...CONFIG)
    .action(async ({ config }) => setExitCode(await run(config, version)));
  root
    .command("check")
    .description("try configuration, tokens, permissions, licences and sinks, and name every remedy")
    .requiredOption(...CONFIG)
    .option(...JSON_OUTPUT)
    .action(async ({ config, json }) => setExitCode(await check(config, { json: Boolean(json), version })));
  root
    .command("status")
    .description("show streams and sinks; works while the daemon runs")
    .requiredOption(...CONFIG)
    .option(...JSON_OUTPUT)
    .action(async ({ config, json }) => setExitCode(await status(config, { json: Boolean(json) })));
  root
    .command("demo")
    .description("show the whole path against a simulated Graph and a local collector")
    .option("--json", "print the ledger as one JSON object on the last line, the story to standard error")
    .option("--forever", "go on until interrupted")
    .action(async ({ json, forever }) => setExitCode(await demo({ json: Boolean(json), forever: Boolean(forever) })));

  const config = root.command("config").description("show the configuration");
  config
    .command("schema")
    .description("print the JSON Schema of the configuration")
    .action(() => showSchema());
  config
    .command("show")
    .description("print the configuration with all defaults filled in")
    .requiredOption(...CONFIG)
    .action(({ config: file }) => showConfig(file));
  return root;
}

/** Setting the code and letting the process end by itself keeps buffered output. */
function setExitCode(code: number): void {
  process.exitCode = code;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 64;
  if (error instanceof ConfigError) return 78;
  if (error instanceof StateError) return 65;
  return error instanceof ForwarderError ? 1 : 70;
}

/** Line by line safe for a terminal: a configuration may hold anything. */
function errorText(error: unknown): string {
  return rawErrorText(error).split("\n").map(printable).join("\n");
}

function rawErrorText(error: unknown): string {
  if (error instanceof ForwarderError) return `${error.code} ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
