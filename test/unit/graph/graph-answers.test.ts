import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockedError, TooOldError, TransientError, UnavailableError } from "../../../src/core/errors.ts";
import { type Asked, type Content, readAnswer, type Trouble } from "../../../src/graph/graph-answers.ts";
import type { Outcome } from "../../../src/graph/http.ts";
import { transportError } from "../../../src/graph/transport-errors.ts";
import { RISKY_USERS, SIGN_INS } from "./microsoft.ts";

const PRESENT = Date.parse("2026-11-20T00:00:00Z");
const signIns: Asked = { request: SIGN_INS, tenant: "contoso", isContinuation: false, present: PRESENT };
const riskyUsers: Asked = { ...signIns, request: RISKY_USERS };
const continued: Asked = { ...signIns, isContinuation: true };

const JSON_TYPE = { "content-type": "application/json" };

function answer(status: number, json: unknown, headers: Readonly<Record<string, string>> = JSON_TYPE): Outcome {
  return answerOf(status, JSON.stringify(json) ?? "<html>", headers);
}

function answerOf(status: number, body: string, headers: Readonly<Record<string, string>> = JSON_TYPE): Outcome {
  return { kind: "answer", status, body: Buffer.from(body), header: (name) => headers[name], receivedAt: 0 };
}

const refusal = (status: number, code: string | undefined, message: string) =>
  answer(status, { error: { code, message, innerError: {} } });

/** Sign-ins from a time on. */
const from = (time: string): Asked => ({
  ...signIns,
  request: { ...SIGN_INS, query: { $filter: `createdDateTime ge ${time}` } },
});

function troubleOf(outcome: Outcome, asked = signIns): Trouble {
  const read = readAnswer(outcome, asked);
  if (read.kind !== "trouble") throw new Error("not a trouble");
  return read;
}

function pageOf(outcome: Outcome): Content {
  const read = readAnswer(outcome, signIns);
  if (read.kind !== "page") throw read.error;
  return read;
}

describe("readAnswer", () => {
  it("reads a page and its nextLink, whatever else is in it", () => {
    const body = { "@microsoft.graph.tips": "…", "@odata.nextLink": "https://x/", value: [{ id: "1" }] };

    const { records, nextLink } = pageOf(answer(200, body));
    const last = pageOf(answer(200, { value: [], "@odata.nextLink": null }));

    expect([...records]).toMatchObject([
      { json: Buffer.from('{"id":"1"}'), start: 71, record: { id: "1" }, identity: SIGN_INS.identify({ id: "1" }) },
    ]);
    expect(nextLink).toBe("https://x/");
    expect([...last.records]).toEqual([]);
    expect(last).not.toHaveProperty("nextLink");
  });

  it.each([
    ["no value", {}],
    ["a value that is no list", { value: {} }],
    ["a record that is none", { value: [{}, null] }],
    ["a record that is a list", { value: [[]] }],
    ["a nextLink that is none", { value: [], "@odata.nextLink": 7 }],
    ["no object", []],
    ["broken JSON", undefined],
  ])("asks for less after a page with %s", (_name, json) => {
    expect(troubleOf(answer(200, json)).error).toMatchObject({ code: "ERF3004", narrow: true });
  });

  it("asks for less after a page with a record nested without end", () => {
    const body = `{"value":[${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}]}`;

    expect(troubleOf(answerOf(200, body)).error).toMatchObject({ code: "ERF3004", narrow: true });
  });

  it("does not ask for less where something else than Graph answers", () => {
    const { error } = troubleOf(answer(200, undefined, { "content-type": "text/html" }));

    expect(error).toMatchObject({ code: "ERF3004", narrow: false });
  });

  it.each([
    ["unreachable", "ERF3001", false, undefined],
    ["broken", "ERF3001", false, "again"],
    ["truncated", "ERF3004", true, undefined],
    ["too large", "ERF3006", true, undefined],
    ["deadline", "ERF3005", true, undefined],
  ] as const)("takes a connection that is %s as %s", (reason, code, narrow, cure) => {
    const trouble = troubleOf({ kind: "failure", reason, detail: "x" });

    expect(trouble.error).toBeInstanceOf(TransientError);
    expect(trouble.error).toMatchObject({ code, narrow });
    expect(trouble.cure).toBe(cure);
  });

  it("never wants less of a token endpoint that is too slow", () => {
    const outcome = { kind: "failure", reason: "deadline", detail: "x" } as const;
    const error = transportError(outcome, { subject: "tenant contoso", name: "the token endpoint" });

    expect(error).toMatchObject({ name: "TransientError", code: "ERF2011", narrow: false });
  });

  it("needs an operator for a certificate that cannot be verified and for a proxy that refuses", () => {
    const untrusted = troubleOf({ kind: "failure", reason: "untrusted", detail: "SELF_SIGNED_CERT_IN_CHAIN" });
    const proxy = (status: number) => troubleOf({ kind: "failure", reason: "proxy", detail: "x", status }).error;

    expect(untrusted.error).toBeInstanceOf(BlockedError);
    expect(untrusted.error).toMatchObject({ code: "ERF3001" });
    expect(proxy(407)).toMatchObject({ name: "BlockedError", code: "ERF3014" });
    expect(proxy(403)).toMatchObject({ name: "BlockedError", code: "ERF3014" });
    expect(proxy(502)).toMatchObject({ name: "TransientError", code: "ERF3001" });
    expect(troubleOf(answer(407, undefined)).error).toMatchObject({ name: "BlockedError", code: "ERF3014" });
  });

  it("renews a refused token, with the claims of a challenge", () => {
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1791960900"}}}';
    const encoded = Buffer.from(claims).toString("base64");
    const challenge = (text: string) =>
      troubleOf(answer(401, {}, { "www-authenticate": `Bearer error="insufficient_claims", claims="${text}"` }));

    expect(troubleOf(refusal(401, "InvalidAuthenticationToken", "expired"))).toMatchObject({ cure: "new token" });
    expect(challenge(encoded)).toMatchObject({ cure: "new token", claims });
    expect(challenge("bm90IEpTT04=")).not.toHaveProperty("claims");
    expect(challenge(encoded).error).toMatchObject({ name: "TransientError", code: "ERF3013" });
  });

  it.each([
    [signIns, "Authentication_MSGraphPermissionMissing", "The principal does not have …", "AuditLog.Read.All"],
    [riskyUsers, "Forbidden", "required scopes are missing in the token.", "IdentityRiskyUser.Read.All"],
    [riskyUsers, "AccessDenied", "…", "IdentityRiskyUser.Read.All"],
  ])("names the permission that is missing", (asked, code, message, permission) => {
    const { error, cure } = troubleOf(refusal(403, code, message), asked);

    expect(cure).toBe("granted token");
    expect(error).toBeInstanceOf(BlockedError);
    expect(error).toMatchObject({ code: "ERF3007", remedy: expect.stringContaining(permission) });
    expect(error.message).toContain(`${asked.request.source} of tenant contoso`);
    expect(error).toMatchObject({ remedy: expect.stringContaining("admin consent; polling resumes by itself") });
  });

  it.each([
    [signIns, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Tenant is not a B2C tenant and …"],
    [riskyUsers, "Forbidden", "Your tenant is not licensed for this feature."],
  ])("rests without a licence", (asked, code, message) => {
    const { error, cure } = troubleOf(refusal(403, code, message), asked);

    expect(cure).toBeUndefined();
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ code: "ERF3008" });
  });

  it("names Directory.Read.All for the old directory check", () => {
    const code = "Authentication_ApplicationHasNoDirectoryReadAccess";
    const { error } = troubleOf(refusal(403, code, "Failed to do premium license check from ADGraph"));

    expect(error).toMatchObject({ code: "ERF3007", remedy: expect.stringContaining("Directory.Read.All") });
  });

  it.each([302, 403, 404])("does not take a web filter's %s for an answer of Graph", (status) => {
    const { error } = troubleOf(answer(status, undefined, { "content-type": "text/html" }));

    expect(error).toMatchObject({ name: "TransientError", code: "ERF3014", retryAfterMs: 60_000 });
    expect(error.message).toContain("something else than Microsoft answers for Graph");
  });

  it("tells a 403 that speaks of no permission as it is", () => {
    const { error } = troubleOf(refusal(403, "Blocked", "The tenant is being moved."));

    expect(error).toMatchObject({ name: "TransientError", code: "ERF3012" });
    expect(error.message).toContain("The tenant is being moved.");
  });

  it.each([
    [{ "retry-after": "17" }, 17_000],
    [{ "retry-after": "soon" }, 0],
    [{}, 0],
  ])("waits and asks again when throttled", (headers, retryAfterMs) => {
    const trouble = troubleOf(answer(429, { error: { code: "", message: "" } }, headers));

    expect(trouble).toMatchObject({ cure: "again" });
    expect(trouble.error).toMatchObject({ code: "ERF3002", retryAfterMs });
  });

  it("asks again after a failing server, for less after a gateway that gave up waiting", () => {
    for (const status of [408, 500, 502, 503]) {
      const trouble = troubleOf(answer(status, undefined));
      expect(trouble).toMatchObject({ cure: "again" });
      expect(trouble.error).toMatchObject({ code: "ERF3003", narrow: false });
    }
    const { error, cure } = troubleOf(answer(504, undefined));
    expect(cure).toBeUndefined();
    expect(error).toMatchObject({ code: "ERF3003", narrow: true });
  });

  it.each([
    ["Token not found: token is either invalid or expired", 400],
    ["Invalid Skip Token, skip token is null", 400],
    ["", 410],
  ])("reads the window again when Graph refuses its own nextLink", (message, status) => {
    const { error } = troubleOf(refusal(status, "UnknownError", message), continued);

    expect(error).toMatchObject({ name: "TransientError", code: "ERF3010", narrow: true });
  });

  it("tells a span older than Graph's retention from any other 400", () => {
    const invalid = refusal(400, "BadRequest", "Invalid filter clause");

    expect(troubleOf(invalid, from("2026-10-14T00:00:00.000Z")).error).toBeInstanceOf(TooOldError);
    expect(troubleOf(invalid, from("2026-11-12T00:00:00.000Z")).error).toMatchObject({ code: "ERF3011" });
    expect(troubleOf(invalid, from("2026-11-19T12:00:00.000Z")).error).toMatchObject({ code: "ERF3012" });
    expect(troubleOf(invalid, riskyUsers).error).toMatchObject({ code: "ERF3012" });
    const other = refusal(400, undefined, "Invalid page size specified: '1000'. Must be between 1 and 500 inclusive.");
    expect(troubleOf(other, from("2026-10-14T00:00:00.000Z")).error).toMatchObject({ code: "ERF3012" });
  });

  it("does not hammer what Graph refuses, and says what Graph said", () => {
    const { error, cure } = troubleOf(refusal(400, "BadRequest", "Could not find\r\na property."));

    expect(cure).toBeUndefined();
    expect(error).toMatchObject({ name: "TransientError", code: "ERF3012", retryAfterMs: 60_000, narrow: false });
    expect(error.message).toContain("Could not find a property.");
  });

  it("tells the request-id that a support case needs", () => {
    const requestId = "0f6d2b91-83ce-4a57-9e40-b1c7d5a8e236";
    const { error } = troubleOf(answer(500, {}, { ...JSON_TYPE, "request-id": requestId }));

    expect(error.message).toContain(requestId);
  });

  it("has an error of ours for any answer, in one printable line, without long words", () => {
    const status = fc.integer({ min: 100, max: 599 }).filter((value) => value !== 200);
    const body = fc.oneof(fc.jsonValue(), fc.record({ error: fc.record({ code: fc.string(), message: fc.string() }) }));
    const token = "eyJ0eXAi".repeat(40);
    fc.assert(
      fc.property(status, body, fc.boolean(), (code, json, isContinuation) => {
        const { error } = troubleOf(answer(code, json), { ...signIns, isContinuation });
        return /^[^\p{Cc}\p{Cf}\u2028\u2029]{1,600}$/u.test(error.message);
      }),
    );

    expect(troubleOf(refusal(400, "BadRequest", `Bearer ${token} is bad`)).error.message).not.toContain("eyJ0eXAi");
  });
});
