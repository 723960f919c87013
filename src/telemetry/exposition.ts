/**
 * What `/metrics` answers. One look serves everybody who asks within a second: it costs what one scraper costs, however
 * many there are, and nobody gets the figures of two moments in one answer.
 */
import type { Metrics } from "./metrics.ts";
import type { Observation } from "./observation.ts";

const HELD_MS = 1_000;

export class Exposition {
  private readonly metrics: Metrics;
  private readonly look: () => Promise<Observation>;
  /** The latest answer, and until when it is given again: as long as it is being made, and a while longer. */
  private held: { readonly text: Promise<string>; until: number } | undefined;

  constructor(metrics: Metrics, look: () => Promise<Observation>) {
    this.metrics = metrics;
    this.look = look;
  }

  get contentType(): string {
    return this.metrics.contentType;
  }

  /** Throws what the look throws: without the state there are no figures. */
  text(): Promise<string> {
    if (this.held === undefined || performance.now() >= this.held.until) this.held = this.make();
    return this.held.text;
  }

  private make() {
    const made = { text: this.observed().finally(() => (made.until = performance.now() + HELD_MS)), until: Infinity };
    return made;
  }

  private async observed(): Promise<string> {
    this.metrics.observe(await this.look());
    return this.metrics.text();
  }
}
