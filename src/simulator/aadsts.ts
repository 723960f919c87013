/** Errors of the token endpoint by their AADSTS number, in the words of Entra ID. */

import { type Answer, type AnswerIds, jsonAnswer } from "./answer.ts";

interface TokenError {
  readonly status: number;
  readonly error: string;
  readonly text: string;
}

const TOKEN_ERRORS: Readonly<Record<number, TokenError>> = {
  50196: {
    status: 400,
    error: "invalid_request",
    text: "The server terminated an operation because it encountered a client request loop.",
  },
  53003: {
    status: 400,
    error: "invalid_grant",
    text: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
  },
  70011: {
    status: 400,
    error: "invalid_scope",
    text: "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid.",
  },
  90002: {
    status: 400,
    error: "invalid_request",
    text: "Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
  },
  90033: { status: 503, error: "temporarily_unavailable", text: "A transient error has occurred. Please try again." },
  90055: {
    status: 429,
    error: "temporarily_unavailable",
    text: "TenantThrottlingError: There are too many incoming requests.",
  },
  500011: { status: 400, error: "invalid_resource", text: "The resource principal was not found in the tenant." },
  700016: {
    status: 400,
    error: "unauthorized_client",
    text: "Application was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
  },
  700024: { status: 401, error: "invalid_client", text: "Client assertion is not within its valid time range." },
  700027: {
    status: 401,
    error: "invalid_client",
    text: "The certificate with identifier used to sign the client assertion is not registered on application.",
  },
  900382: {
    status: 400,
    error: "invalid_request",
    text: "Confidential Client is not supported in Cross Cloud request.",
  },
  7000112: { status: 400, error: "unauthorized_client", text: "Application is disabled." },
  7000215: {
    status: 401,
    error: "invalid_client",
    text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app.",
  },
  7000218: {
    status: 401,
    error: "invalid_client",
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  },
  7000222: {
    status: 401,
    error: "invalid_client",
    text: "The provided client secret keys for app are expired. Visit the Azure portal to create new keys for your app.",
  },
};

/** Throws for a number that this list does not have. */
export function aadstsAnswer(number: number, { requestId, clientRequestId }: AnswerIds, now: number): Answer {
  const known = TOKEN_ERRORS[number];
  if (known === undefined) throw new Error(`no text for AADSTS${number}`);
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace("T", " ")}Z`;
  const trail = [`Trace ID: ${requestId}`, `Correlation ID: ${clientRequestId}`, `Timestamp: ${timestamp}`];
  return jsonAnswer(known.status, {
    error: known.error,
    error_description: [`AADSTS${number}: ${known.text}`, ...trail].join("\r\n"),
    error_codes: [number],
    timestamp,
    trace_id: requestId,
    correlation_id: clientRequestId,
    error_uri: `https://login.microsoftonline.com/error?code=${number}`,
  });
}
