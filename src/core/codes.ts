/**
 * The stable codes of every error that an operator can see. A code is never reused; the README lists each one with its
 * remedy, and a test keeps the two together.
 *
 *   ERF1xxx configuration   ERF2xxx token   ERF3xxx Graph   ERF4xxx sinks   ERF5xxx state
 */
export const ERROR_CODES = {
  ERF1001: "configuration invalid",
  ERF1002: "configuration file unreadable",
  ERF1003: "secret or certificate unreadable",
  ERF1004: "Node.js too old",
  ERF1005: "address for health and metrics not available",

  ERF2001: "token endpoint unreachable",
  ERF2002: "client secret wrong",
  ERF2003: "client secret expired",
  ERF2004: "certificate refused",
  ERF2005: "app not found or not consented in the tenant",
  ERF2006: "tenant not found",
  ERF2007: "tenant is in another cloud",
  ERF2008: "blocked by Conditional Access",
  ERF2009: "clock outside the assertion's validity",
  ERF2010: "token refused for another reason",
  ERF2011: "token endpoint throttles or fails",

  ERF3001: "Graph unreachable",
  ERF3002: "Graph throttles",
  ERF3003: "Graph fails",
  ERF3004: "Graph's answer unreadable",
  ERF3005: "deadline exceeded",
  ERF3006: "answer larger than the cap",
  ERF3007: "permission missing",
  ERF3008: "licence missing",
  ERF3009: "collection not in this cloud",
  ERF3010: "paging broken: skip token, loop or foreign host",
  ERF3011: "span older than Graph's retention",
  ERF3012: "request refused by Graph",
  ERF3013: "token refused by Graph",
  ERF3014: "proxy refuses",

  ERF4001: "collector unreachable",
  ERF4002: "collector stalls",
  ERF4003: "connection ended uncleanly",
  ERF4004: "collector's TLS certificate refused",
  ERF4005: "collector refuses our TLS client certificate",
  ERF4006: "event cannot be formatted",
  ERF4007: "message too large for the transport",
  ERF4008: "collector does not speak TLS",

  ERF5001: "state file corrupt",
  ERF5002: "state file of a newer version",
  ERF5003: "state file in use by another instance",
  ERF5004: "state file not writable",
  ERF5005: "event log full",
} as const satisfies Record<`ERF${number}`, string>;

export type ErrorCode = keyof typeof ERROR_CODES;
