/** Makes metrics under the product's prefix, all of one registry and its distributions. */
import { Counter, Gauge, Registry } from "prom-client";
import { Distribution, type DistributionParts } from "./metrics-distribution.ts";

const PREFIX = "entra_risk_forwarder_";

export class Family {
  readonly registry = new Registry();
  readonly distributions: Distribution[] = [];

  counter<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    return new Counter({ name: PREFIX + name, help, labelNames, registers: [this.registry] });
  }

  gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> {
    return new Gauge({ name: PREFIX + name, help, labelNames, registers: [this.registry] });
  }

  distribution(parts: DistributionParts): Distribution {
    const distribution = new Distribution({ ...parts, name: PREFIX + parts.name });
    this.distributions.push(distribution);
    return distribution;
  }

  /** All of them in Prometheus' text format. */
  async text(): Promise<string> {
    return (await this.registry.metrics()) + this.distributions.map((distribution) => distribution.text()).join("");
  }
}
