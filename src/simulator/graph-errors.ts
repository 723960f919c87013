/** Graph's error bodies in its own words: recorded from live tenants or reported in public issues. */
import { type GraphErrorBody, Refusal } from "./answer.ts";
import type { CollectionFacts } from "./catalogue.ts";

const AUTHORIZATION_URI = 'authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"';

const PERMISSION_DOCS = "https://learn.microsoft.com/graph/permissions-overview";

/** The same words for a quoted time, an unsupported operator and a time before the retention (microsoft-graph-docs#5676). */
export const INVALID_FILTER: GraphErrorBody = { status: 400, code: "BadRequest", message: "Invalid filter clause" };

export const TOKEN_NOT_FOUND: GraphErrorBody = {
  status: 400,
  code: "UnknownError",
  message: "Token not found: token is either invalid or expired",
};

export const SKIP_TOKEN_NULL: GraphErrorBody = {
  status: 400,
  code: "UnknownError",
  message: "Invalid Skip Token, skip token is null",
};

export const NOT_FOUND: GraphErrorBody = {
  status: 400,
  code: "BadRequest",
  message: "Resource not found for the segment.",
};

export const TOKEN_EXPIRED: GraphErrorBody = {
  status: 401,
  code: "InvalidAuthenticationToken",
  message: "Lifetime validation failed, the token is expired.",
  headers: { "www-authenticate": `Bearer realm="", ${AUTHORIZATION_URI}` },
};

export const TOKEN_INVALID: GraphErrorBody = {
  ...TOKEN_EXPIRED,
  message: "Access token validation failure. Invalid signature.",
};

export const TOKEN_MISSING: GraphErrorBody = { ...TOKEN_EXPIRED, message: "Access token is empty." };

/** The identityProtection limit has no Retry-After (doc); none was seen on the reports limit either (measured). */
export const THROTTLED: GraphErrorBody = { status: 429, code: "TooManyRequests", message: "Too many requests." };

/** A continuous-access-evaluation challenge: only a token requested with these claims passes. */
export function claimsChallenge(notBefore: string): GraphErrorBody {
  const claims = JSON.stringify({ access_token: { nbf: { essential: true, value: notBefore } } });
  const encoded = Buffer.from(claims).toString("base64");
  return {
    status: 401,
    code: "InvalidAuthenticationToken",
    message:
      "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp",
    headers: { "www-authenticate": `Bearer ${AUTHORIZATION_URI}, error="insufficient_claims", claims="${encoded}"` },
  };
}

export function permissionMissing({ limit, permission }: CollectionFacts): GraphErrorBody {
  if (limit === "identityProtection") {
    const message = "You cannot perform the requested operation, required scopes are missing in the token.";
    return { status: 403, code: "Forbidden", message };
  }
  const message =
    `The principal does not have required Microsoft Graph permission(s): ${permission} to call this API. ` +
    `For more information about Microsoft Graph permissions, please visit ${PERMISSION_DOCS}.`;
  return { status: 403, code: "Authentication_MSGraphPermissionMissing", message };
}

export function licenceMissing({ limit }: CollectionFacts): GraphErrorBody {
  if (limit === "identityProtection") {
    return { status: 403, code: "Forbidden", message: "Your tenant is not licensed for this feature." };
  }
  const code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";
  return { status: 403, code, message: "Tenant is not a B2C tenant and doesn't have premium license" };
}

export function invalidPageSize(top: string, maxTop: number): Refusal {
  const message = `Invalid page size specified: '${top}'. Must be between 1 and ${maxTop} inclusive.`;
  return new Refusal({ status: 400, message }, `$top=${top} is outside 1..${maxTop}`);
}

export function unknownProperty(property: string, entityType: string): Refusal {
  const message = `Could not find a property named '${property}' on type '${entityType}'.`;
  return new Refusal({ status: 400, message }, message);
}

export function optionNotAllowed(option: string): Refusal {
  const name = option.slice(1, 2).toUpperCase() + option.slice(2);
  const message =
    `Query option '${name}' is not allowed. To allow it, set the 'AllowedQueryOptions' property on ` +
    "EnableQueryAttribute or QueryValidationSettings.";
  return new Refusal({ status: 400, message }, `query option ${option} is not supported here`);
}

export function invalidFilter(violation: string): Refusal {
  return new Refusal(INVALID_FILTER, violation);
}
