/**
 * Why an audit has no findings yet, told on standard error: a stream whose trouble keeps it from reading, each trouble
 * once, and after a while where to look. The audit waits in the state meanwhile, however long that takes.
 */
import type { Health } from "../core/health.ts";
import { printable } from "../core/printable.ts";
import type { OperatorStore } from "../store/operator-store.ts";
import type { AuditFindings } from "../store/store.ts";
import type { NamedStream } from "./asked.ts";

const PATIENCE_MS = 60_000;

export class AuditDelays {
  private readonly store: OperatorStore;
  private readonly streams: readonly NamedStream[];
  private readonly told = new Set<string>();
  private readonly since = performance.now();

  constructor(store: OperatorStore, streams: readonly NamedStream[]) {
    this.store = store;
    this.streams = streams;
  }

  /** Errors are those of the store. */
  async tell(unfinished: readonly AuditFindings[]): Promise<void> {
    for (const { stream } of unfinished) {
      const health = await this.store.streamHealth(stream);
      const known = this.streams.find(
        ({ tenantId, source }) => tenantId === stream.tenantId && source === stream.source,
      );
      const name = `${known?.tenant ?? stream.tenantId} ${stream.source}`;
      if (health?.trouble) this.once(`${name} ${health.condition} ${health.trouble.code}`, troubleText(name, health));
    }
    if (performance.now() - this.since < PATIENCE_MS) return;
    this.once("patience", "still reading: status shows how far. Ctrl-C ends this command; the daemon reads on.");
  }

  private once(what: string, text: string): void {
    if (this.told.has(what)) return;
    this.told.add(what);
    process.stderr.write(`${printable(text)}\n`);
  }
}

function troubleText(name: string, { condition, trouble }: Health): string {
  const { code = "error", message = "", remedy } = trouble ?? {};
  const advice = remedy === undefined ? "" : `; remedy: ${remedy}`;
  return `${name} is ${condition}, the audit waits for it: ${code} ${message}${advice}`;
}
