/** The simulator's answers against the schemas of Microsoft Graph v1.0. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { SOURCE_NAMES, type SourceName } from "../../src/core/event.ts";
import { RecordFactory } from "../../src/simulator/records.ts";
import { CREDENTIAL, TENANT, world } from "../unit/simulator/client.ts";

const OPENAPI = join(import.meta.dirname, "../../../shared/facts/graph-openapi.yaml");
const COLLECTIONS: Readonly<Record<SourceName, string>> = {
  signIns: "microsoft.graph.signInCollectionResponse",
  riskDetections: "microsoft.graph.riskDetectionCollectionResponse",
  riskyUsers: "microsoft.graph.riskyUserCollectionResponse",
};
const ERROR = "microsoft.graph.ODataErrors.ODataError";

function validator(schema: string): ValidateFunction {
  const document = parse(readFileSync(OPENAPI, "utf8")) as { components: object };
  // `nullable`, `format` and the like are OpenAPI's; additional properties are allowed unless a schema forbids them.
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: "graph", components: asJsonSchema(document.components) });
  return ajv.compile({ $ref: `graph#/components/schemas/${schema}` });
}

/** OpenAPI 3.0's `nullable` as JSON Schema has it. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (typeof value !== "object" || value === null) return value;
  const { nullable, ...schema } = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, asJsonSchema(part)]),
  );
  return nullable === true ? { anyOf: [schema, { type: "null" }] } : schema;
}

describe("answers of the simulator", () => {
  beforeEach((context) => {
    if (!existsSync(OPENAPI)) context.skip("the OpenAPI description of Graph is not at hand");
  });

  it.each(SOURCE_NAMES)("list %s as Graph does", async (source) => {
    const graph = await world();
    const records = new RecordFactory(23);
    for (let count = 0; count < 120; count += 1) {
      graph.simulator.show(TENANT, source, records.invent(source, Date.now() - count * 1_000));
    }
    const validate = validator(COLLECTIONS[source]);

    for (const page of await graph.walk(graph.list(source, { $top: "50" }))) {
      expect(validate(page), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    }
  });

  it("list hostile detections as Graph does", async () => {
    const graph = await world();
    const records = new RecordFactory(29);
    for (let count = 0; count < 30; count += 1) {
      const record = records.invent("riskDetections", Date.now(), { variant: "hostile" });
      graph.simulator.show(TENANT, "riskDetections", record);
    }
    const validate = validator(COLLECTIONS.riskDetections);

    const page = await graph.page(graph.list("riskDetections", { $top: "500" }));

    expect(validate(page), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  });

  it("would not pass with a record that violates the schema", async () => {
    const graph = await world();
    const record = new RecordFactory(31).invent("signIns", Date.now(), { changes: { riskState: "perhaps" } });
    graph.simulator.show(TENANT, "signIns", record);
    const validate = validator(COLLECTIONS.signIns);

    expect(validate(await graph.page(graph.list("signIns")))).toBe(false);
  });

  it.each([
    ["401", { roles: [] }, { authorization: "Bearer x" }, {}],
    ["403 permission", { roles: [] }, {}, {}],
    ["403 licence", { licensed: [] }, {}, {}],
    ["400 filter", {}, {}, { $filter: "nothing" }],
  ])("refuse with an error body as Graph's: %s", async (_, settings, headers, query) => {
    const graph = await world({ tenants: [{ ...CREDENTIAL, ...settings }] });
    const validate = validator(ERROR);

    const response = await graph.get(graph.list("signIns", query), headers);
    const body = (await response.json()) as { error: { innerError: { date: string } } };
    // Real bodies write the time without a zone, unlike the schema.
    expect(body.error.innerError.date).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/);
    body.error.innerError.date += "Z";

    expect(response.ok).toBe(false);
    expect(validate(body), JSON.stringify(validate.errors)).toBe(true);
  });
});
