/** Sinks that want their messages alike: an event that is asked for by one after the other is formatted once for all of them. */
import type { StoredEvent } from "../core/event.ts";
import type { FormatDependencies } from "./definition.ts";
import type { Format } from "./format.ts";
import { createFormat, type FormatConfig } from "./registry.ts";

interface Text {
  readonly event: StoredEvent;
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

  /** The latest text only: to remember more costs the collector of garbage as much as to format again (measured). */
  private remembering(format: Format): Format {
    let latest: Text | undefined;
    return {
      type: format.type,
      format: (event, maxBytes) => {
        if (!this.isShared()) return format.format(event, maxBytes);
        if (latest?.event !== event || latest.maxBytes !== maxBytes) {
          latest = { event, maxBytes, text: format.format(event, maxBytes) };
        }
        return latest.text;
      },
    };
  }
}
