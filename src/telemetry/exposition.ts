/**
 * What `/metrics` answers. One look serves everybody who asks within five seconds: it costs what one scraper costs,
 * however many there are, and nobody gets the figures of two moments in one answer.
 */
import { constants, gzipSync } from "node:zlib";
import type { Metrics } from "./metrics.ts";
import type { Observation } from "./observation.ts";

/** Making an answer takes some 15 ms for 40 tenants under full load (measured): at most 0.3 % of a processor. */
const HELD_MS = 5_000;

/** The same text twice: Prometheus asks for it with gzip, which is a tenth of the bytes to send. */
export interface ExpositionText {
  readonly plain: Buffer;
  readonly gzip: Buffer;
}

export class Exposition {
  private readonly metrics: Metrics;
  private readonly look: () => Promise<Observation>;
  /** The latest answer, and until when it is given again: as long as it is being made, and a while longer. */
  private held: { readonly text: Promise<ExpositionText>; until: number } | undefined;

  constructor(metrics: Metrics, look: () => Promise<Observation>) {
    this.metrics = metrics;
    this.look = look;
  }

  get contentType(): string {
    return this.metrics.contentType;
  }

  /** Throws what the look throws: without the state there are no figures. */
  text(): Promise<ExpositionText> {
    if (this.held === undefined || performance.now() >= this.held.until) this.held = this.make();
    return this.held.text;
  }

  /** A failure is told to those who asked together, and not held. */
  private make() {
    const made = { text: this.observed(), until: Infinity };
    made.text.then(
      () => (made.until = performance.now() + HELD_MS),
      () => (made.until = 0),
    );
    return made;
  }

  private async observed(): Promise<ExpositionText> {
    this.metrics.observe(await this.look());
    const plain = Buffer.from(await this.metrics.text());
    return { plain, gzip: gzipSync(plain, { level: constants.Z_BEST_SPEED }) };
  }
}
