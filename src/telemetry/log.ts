/**
 * The log: static messages with a metadata object, one line for each thing worth saying, never one for each event.
 * Errors are reduced to code, message and remedy here, so that no request, token or record can slip in.
 */
import { fstatSync } from "node:fs";
import winston from "winston";
import { ForwarderError, messageOf } from "../core/errors.ts";

export type Metadata = Readonly<Record<string, unknown>>;

export interface Log {
  error(message: string, metadata?: Metadata): void;
  warn(message: string, metadata?: Metadata): void;
  info(message: string, metadata?: Metadata): void;
  debug(message: string, metadata?: Metadata): void;
}

export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export const LOG_FORMATS = ["json", "text"] as const;

export interface LogSettings {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
}

/** journald reads a priority from such a prefix (sd-daemon(3)). */
const JOURNAL_PRIORITY: Readonly<Record<string, string>> = { error: "<3>", warn: "<4>", info: "<6>", debug: "<7>" };

export interface AdjustableLog extends Log {
  /** Level and format of every line from now on. */
  follow(settings: LogSettings): void;
}

/** A log on standard output. */
export function createLog(settings: LogSettings): AdjustableLog {
  const { level } = settings;
  const transports = [new winston.transports.Console({ stderrLevels: [] })];
  const logger = winston.createLogger({ level, format: formatOf(settings), transports });
  return Object.assign(logger, {
    follow: (next: LogSettings) => {
      logger.level = next.level;
      logger.format = formatOf(next);
    },
  });
}

/** What a log line may say of an error. */
export function describeError(error: unknown): Metadata {
  return {
    ...(error instanceof ForwarderError ? { code: error.code, remedy: error.remedy } : {}),
    error: messageOf(error),
  };
}

function formatOf({ format }: LogSettings): winston.Logform.Format {
  const line = format === "json" ? jsonLine : textLine;
  const prefix = isJournal(process.stdout.fd) ? (entry: Entry) => JOURNAL_PRIORITY[entry.level] ?? "" : () => "";
  return winston.format.combine(
    winston.format.timestamp(),
    winston.format.printf((entry) => prefix(entry) + line(entry)),
  );
}

type Entry = winston.Logform.TransformableInfo;

function jsonLine({ timestamp, level, message, ...metadata }: Entry): string {
  return JSON.stringify({ timestamp, level, message, ...metadata });
}

function textLine({ timestamp, level, message, ...metadata }: Entry): string {
  const details = Object.entries(metadata)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${valueText(value)}`);
  return [String(timestamp), level.padEnd(5), String(message), ...details].join(" ");
}

/** Quoted only where it needs it. */
function valueText(value: unknown): string {
  return typeof value === "string" && /^[\w.:@/+-]+$/.test(value) ? value : JSON.stringify(value);
}

/** What stands before each line of an error that ends the program, so that the journal knows it for one. */
export function errorPrefix(): string {
  return isJournal(process.stderr.fd) ? (JOURNAL_PRIORITY["error"] ?? "") : "";
}

/** Whether a descriptor is the journal's socket, as JOURNAL_STREAM says (systemd.exec(5)). */
function isJournal(descriptor: number): boolean {
  const stream = process.env["JOURNAL_STREAM"];
  if (stream === undefined) return false;
  const { dev, ino } = fstatSync(descriptor);
  return stream === `${dev}:${ino}`;
}
