/** What prom-client tells of any Node.js process, without what is costly, misleading or misnamed. */
import { collectDefaultMetrics, type Registry } from "prom-client";

/**
 * The event loop's delay is sampled by a timer. At prom-client's 10 ms that is 25 s of processor time an hour, on a
 * forwarder that idles; as rarely as this, what it tells means nothing and is left out.
 */
const SAMPLE_MS = 60_000;
const LEFT_OUT = /^nodejs_(?:eventloop_lag_(?:min|max|mean|stddev|p\d+)_seconds|active_\w+)$/;

/** Lasts as long as the process. */
export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: SAMPLE_MS });
  for (const { name } of registry.getMetricsAsArray()) {
    if (LEFT_OUT.test(name)) registry.removeSingleMetric(name);
  }
}
