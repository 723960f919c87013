/** Prometheus' text format, read as far as tests need it. */

export interface MetricFound {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

/** The metrics of an exposition, with or without values. */
export function metricsOf(text: string): MetricFound[] {
  const found = text.matchAll(/^# HELP (?<name>\w+) (?<help>.*)\n# TYPE \w+ (?<type>\w+)$/gm);
  return [...found].map(({ groups = {} }) => ({
    name: groups["name"] ?? "",
    type: groups["type"] ?? "",
    help: groups["help"] ?? "",
  }));
}
