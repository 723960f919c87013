/** Sinks that want their messages alike: each event is formatted once for all of them. */
import type { StoredEvent } from "../core/event.ts";
import type { FormatDependencies } from "./definition.ts";
import type { Format } from "./format.ts";
import { createFormat, type FormatConfig } from "./registry.ts";

interface Text {
  readonly maxBytes: number;
  readonly text: string;
}

export class SharedFormats {
  private readonly isShared: () => boolean;
  private readonly formats = new Map<string, Format>();

  constructor(isShared: () => boolean) {
    this.isShared = isShared;
  }

  of(config: FormatConfig, dependencies: FormatDependencies): Format {
    const recipe = JSON.stringify([config, dependencies]);
    const format = this.formats.get(recipe) ?? this.remembering(createFormat(config, dependencies));
    this.formats.set(recipe, format);
    return format;
  }

  /** A text is remembered as long as its event. */
  private remembering(format: Format): Format {
    const texts = new WeakMap<StoredEvent, Text>();
    return {
      type: format.type,
      format: (event, maxBytes) => {
        if (!this.isShared()) return format.format(event, maxBytes);
        const known = texts.get(event);
        if (known?.maxBytes === maxBytes) return known.text;
        const text = format.format(event, maxBytes);
        texts.set(event, { maxBytes, text });
        return text;
      },
    };
  }
}
