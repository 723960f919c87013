/**
 * argv → command → exit code. Exit codes: 0 fine, 1 the command found trouble, 64 wrong usage, 65 the state cannot be
 * used, 70 a bug, 78 the configuration cannot be used (sysexits.h; the service manager must not restart on 64, 65, 78).
 */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { parseTime } from "./commands/asked.ts";
import { audit } from "./commands/audit.ts";
import { backfill } from "./commands/backfill.ts";
import { check } from "./commands/check.ts";
import { showConfig, showSchema } from "./commands/config.ts";
import {
  type DeadLetterOptions,
  dropDeadLetters,
  listDeadLetters,
  replayDeadLetters,
  showDeadLetters,
} from "./commands/dead-letters.ts";
import { health } from "./commands/health.ts";
import { replay } from "./commands/replay.ts";
import { run } from "./commands/run.ts";
import { dropSink } from "./commands/sinks.ts";
import { backup } from "./commands/state.ts";
import { status } from "./commands/status.ts";
import { ConfigError, ForwarderError, StateError } from "./core/errors.ts";
import { printable } from "./core/printable.ts";
import { errorPrefix } from "./telemetry/log.ts";
import { readVersion } from "./version.ts";

const CONFIG = ["-c, --config <file>", "configuration file in YAML"] as const;
const JSON_OUTPUT = ["--json", "print one JSON object"] as const;
const SINCE = ["--since <time>", "such as 2026-11-25T08:00:00Z, or 24h for a day ago", timeOf] as const;
const UNTIL = ["--until <time>", "the same; default: now", timeOf] as const;
const TENANT = ["--tenant <name>", "this tenant only"] as const;
const SOURCE = ["--source <name>", "signIns, riskDetections or riskyUsers only"] as const;
const SINK = ["--sink <name>", "the sink"] as const;

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
    .option("--watch", "look again every two seconds until interrupted")
    .action(async ({ config, json = false, watch = false }) => setExitCode(await status(config, { json, watch })));
  root
    .command("health")
    .description("ask the daemon whether it is alive, as a container's health check does")
    .requiredOption(...CONFIG)
    .action(async ({ config }) => setExitCode(await health(config)));
  addReads(root);
  addDeliveries(root);
  root
    .command("demo")
    .description("show the whole path against a simulated Graph and a local collector")
    .option("--json", "print the ledger as one JSON object on the last line, the story to standard error")
    .option("--forever", "go on until interrupted")
    .action(async ({ json, forever }) => {
      // With it comes the whole simulator, which nothing else needs.
      const { demo } = await import("./commands/demo.ts");
      setExitCode(await demo({ json: Boolean(json), forever: Boolean(forever) }));
    });
  addGroups(root);
  return root;
}

function addGroups(root: Command): void {
  const state = root.command("state").description("look after the state file");
  state
    .command("backup")
    .description("copy the state to a new file; works while the daemon runs")
    .argument("<file>", "where the copy goes")
    .requiredOption(...CONFIG)
    .action((target, { config: file }) => backup(target, file));

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
}

/** Commands that have a span of Graph read. */
function addReads(root: Command): void {
  const read = (name: string, description: string) =>
    root
      .command(name)
      .description(description)
      .requiredOption(...CONFIG)
      .requiredOption(...SINCE)
      .option(...UNTIL)
      .option(...TENANT)
      .option(...SOURCE);
  read("backfill", "read a span of Graph again; what was accepted before is sent again only with --again")
    .option("--again", "send to one sink also what was accepted before")
    .option(...SINK)
    .action(async ({ until = Date.now(), again = false, sink, ...options }, command) => {
      if (again !== (sink !== undefined)) command.error("error: --again and --sink <name> go together");
      requireSpan(options.since, until, command);
      await backfill({ ...options, until, sink });
    });
  read("audit", "hold what Graph has of a span against what was forwarded")
    .option("--repair", "queue what is missing or changed")
    .option(...JSON_OUTPUT)
    .action(async ({ until = Date.now(), repair = false, json = false, ...options }, command) => {
      requireSpan(options.since, until, command);
      setExitCode(await audit({ ...options, until, repair, json }));
    });
}

function requireSpan(since: number, until: number, command: Command): void {
  if (since >= until) command.error("error: --since must be earlier than --until, which is now by default");
}

/** Commands on sinks and what they got. */
function addDeliveries(root: Command): void {
  root
    .command("replay")
    .description("send events of the log again to a sink; live events do not wait for them")
    .requiredOption(...CONFIG)
    .requiredOption(...SINK)
    .requiredOption(...SINCE)
    .action(async (options) => replay(options));
  root
    .command("sinks")
    .description("sinks of the state")
    .command("drop")
    .description("forget a sink that is not configured any more: its place, its dead letters, its replays")
    .argument("<name>", "as `status` shows it")
    .requiredOption(...CONFIG)
    .action(async (name, { config }) => dropSink(name, config));
  addDeadLetters(root.command("dead-letters").description("what sinks rejected for good"));
}

function addDeadLetters(letters: Command): void {
  letters
    .command("list")
    .description("one line each: sink, number, when, record and reason")
    .requiredOption(...CONFIG)
    .option(...SINK)
    .option("--json", "print one JSON object a line, with the record")
    .action(async ({ json = false, ...options }) => listDeadLetters({ ...options, json }));
  const some = (name: string, description: string) =>
    letters
      .command(name)
      .description(description)
      .argument("[numbers...]", "as `list` shows them", numberOf)
      .requiredOption(...CONFIG)
      .requiredOption(...SINK)
      .option("--all", "all of the sink");
  some("show", "print them whole, with the record as Graph returned it").action(async (seqs, options, command) =>
    showDeadLetters(choiceOf(seqs, options, command)),
  );
  some("replay", "send them again").action(async (seqs, options, command) =>
    replayDeadLetters(choiceOf(seqs, options, command)),
  );
  some("drop", "forget them").action(async (seqs, options, command) =>
    dropDeadLetters(choiceOf(seqs, options, command)),
  );
}

/** The numbers, or all of them where that is said. */
function choiceOf(
  seqs: readonly number[] = [],
  { all = false, config, sink }: { readonly all?: boolean; readonly config: string; readonly sink: string },
  command: Command,
): DeadLetterOptions {
  if (all !== (seqs.length === 0)) command.error("error: name dead letters by their numbers, or all with --all");
  return { config, sink, ...(all ? {} : { seqs }) };
}

/** Throws what Commander turns into a usage error. */
function timeOf(text: string): number {
  const time = parseTime(text, Date.now());
  if (time === undefined) throw new InvalidArgumentError("Expected a time such as 2026-11-25T08:00:00Z, or 24h.");
  return time;
}

/** Collects numbers. Throws what Commander turns into a usage error. */
function numberOf(text: string, before: readonly number[] | undefined): readonly number[] {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Expected numbers as `dead-letters list` shows them.");
  return [...(before ?? []), Number(text)];
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
  const prefix = errorPrefix();
  const lines = rawErrorText(error).split("\n");
  return lines.map((line) => prefix + printable(line)).join("\n");
}

function rawErrorText(error: unknown): string {
  if (error instanceof ForwarderError) return `${error.code} ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
