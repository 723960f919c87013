/**
 * The stable codes of every error that an operator can see, with what it means and what to do where the error itself
 * does not know better. A code is never reused; the README lists the same, and a test keeps the two together.
 *
 *   ERF1xxx configuration   ERF2xxx token   ERF3xxx Graph   ERF4xxx sinks   ERF5xxx state
 *   ERF6xxx the service itself
 */
export const ERROR_CODES = {
  ERF1001: { meaning: "configuration invalid", remedy: "Mend the line it names" },
  ERF1002: { meaning: "configuration file unreadable", remedy: "Check path and permissions" },
  ERF1003: { meaning: "secret or certificate unreadable", remedy: "Restore the file, variable or systemd credential" },
  ERF1004: { meaning: "Node.js too old", remedy: "Install Node.js 24 LTS" },
  ERF1005: { meaning: "address for health and metrics not available", remedy: "Choose another `http.listen`" },
  ERF1006: {
    meaning: "sink looks renamed",
    remedy: "Set `renamedFrom` if it is the same sink under another name, else `startFrom`",
  },
  ERF1007: {
    meaning: "credential or certificate about to expire",
    remedy: "Renew it and replace its file; for a client secret set `credential.expires` to the new date",
  },

  ERF2001: {
    meaning: "token endpoint unreachable",
    remedy: "Check network, DNS, proxy and firewall towards the cloud's login host",
  },
  ERF2002: { meaning: "client secret wrong", remedy: "Use the secret's Value, not its ID, of this application" },
  ERF2003: {
    meaning: "client secret expired",
    remedy: "Create a new one and replace the file; where it is a systemd credential or a variable, restart",
  },
  ERF2004: { meaning: "certificate refused", remedy: "Upload the configured certificate to the application" },
  ERF2005: {
    meaning: "app not found or not consented in the tenant",
    remedy: "Check clientId and tenantId; grant admin consent",
  },
  ERF2006: { meaning: "tenant not found", remedy: "Check tenantId and cloud" },
  ERF2007: { meaning: "tenant is in another cloud", remedy: "Set `cloud`" },
  ERF2008: {
    meaning: "blocked by Conditional Access",
    remedy: "Exclude the application, or allow this host's address",
  },
  ERF2009: { meaning: "clock outside the assertion's validity", remedy: "Synchronise the host's clock" },
  ERF2010: { meaning: "token refused for another reason", remedy: "Look the AADSTS number up" },
  ERF2011: { meaning: "token endpoint throttles or fails", remedy: "Nothing: it is retried" },

  ERF3001: { meaning: "Graph unreachable", remedy: "Check network, DNS, proxy and firewall towards Graph's host" },
  ERF3002: {
    meaning: "Graph throttles",
    remedy: "Nothing; if it lasts, another application uses this tenant's budget",
  },
  ERF3003: { meaning: "Graph fails", remedy: "Nothing: it is retried" },
  ERF3004: {
    meaning: "Graph's answer unreadable",
    remedy: "Nothing; if it lasts, look for a proxy that changes answers",
  },
  ERF3005: { meaning: "deadline exceeded", remedy: "Nothing: it is retried with a smaller span" },
  ERF3006: { meaning: "answer larger than the cap", remedy: "Nothing: it is retried with a smaller span" },
  ERF3007: { meaning: "permission missing", remedy: "Grant the permission it names and give admin consent" },
  ERF3008: { meaning: "licence missing", remedy: "Nothing: the stream rests and is probed once an hour" },
  ERF3009: { meaning: "collection not in this cloud", remedy: "Nothing; or leave it out of `tenants[].sources`" },
  ERF3010: { meaning: "paging broken: skip token, loop or foreign host", remedy: "Nothing: the slice is read again" },
  ERF3011: { meaning: "span older than Graph's retention", remedy: "Nothing: the span is cut and reported as lost" },
  ERF3012: { meaning: "request refused by Graph", remedy: "Report it with its message" },
  ERF3013: { meaning: "token refused by Graph", remedy: "Nothing; if it lasts, check that `cloud` fits the tenant" },
  ERF3014: {
    meaning: "proxy or web filter refuses",
    remedy: "Check the proxy and its credentials; let it pass the login and Graph hosts unchanged",
  },

  ERF4001: { meaning: "collector unreachable", remedy: "Check host, port, DNS, firewall and that the collector runs" },
  ERF4002: {
    meaning: "collector stalls",
    remedy: "Check the collector's load, and that it is of the sink's type; its message says what else there is",
  },
  ERF4003: {
    meaning: "connection ended uncleanly",
    remedy: "Nothing once; where it repeats, compare TLS, framing and `maxMessageBytes` with what the collector takes",
  },
  ERF4004: {
    meaning: "collector's TLS certificate refused",
    remedy: "Check `tls.caFile` and `tls.serverName` against the certificate",
  },
  ERF4005: {
    meaning: "collector refuses our TLS client certificate",
    remedy: "Check `tls.certFile` and `tls.keyFile` against the collector's CA",
  },
  ERF4006: { meaning: "event cannot be formatted", remedy: "A bug: report it; the event is kept as a dead letter" },
  ERF4007: {
    meaning: "message too large for the transport",
    remedy: "Raise `maxMessageBytes`; the event is kept as a dead letter",
  },
  ERF4008: {
    meaning: "collector does not speak TLS",
    remedy: "Check that `port` is the collector's TLS port, or choose `transport: tcp`",
  },
  ERF4009: { meaning: "collector does not speak RELP", remedy: "Check that `port` is an imrelp input" },
  ERF4010: {
    meaning: "collector refuses a message",
    remedy: "Look into the collector's log; a single refused event is kept as a dead letter",
  },
  ERF4011: {
    meaning: "dead letters full",
    remedy: "Look at them with `dead-letters list`, then `replay` or `drop` them; sending resumes by itself",
  },

  ERF5001: {
    meaning: "state file corrupt",
    remedy: "Restore a backup, or move it away: it starts anew with `backfill`",
  },
  ERF5002: { meaning: "state file of a newer version", remedy: "Run the newer version" },
  ERF5003: {
    meaning: "state file in use by another instance",
    remedy: "Stop the other one, or use another `store.path`",
  },
  ERF5004: { meaning: "state file not writable", remedy: "Check directory, permissions and free space" },
  ERF5005: { meaning: "event log full", remedy: "Get the sink it names to deliver, or raise `store.maxSize`" },
  ERF5006: {
    meaning: "backup not written",
    remedy: "Name a file that is not there yet, in a writable directory with room for it",
  },
  ERF5007: {
    meaning: "state file of an older version",
    remedy: "Start the daemon: it copies the state and brings it up to date",
  },
  ERF5008: { meaning: "a command asks for what is not there", remedy: "Look at `status`" },
  ERF5009: {
    meaning: "sink dropped from the state while the daemon delivers to it",
    remedy: "Reload the daemon; a sink that is still configured begins anew at the present",
  },

  ERF6001: {
    meaning: "a loop makes no progress",
    remedy: "Report it: a bug. systemd restarts the service by itself; elsewhere restart it. Nothing is lost",
  },
  ERF6002: {
    meaning: "daemon does not run, or was killed",
    remedy:
      "Look at the end of its log and of the host's; start it where no service manager does. It reads on where it was",
  },
} as const satisfies Record<`ERF${number}`, { readonly meaning: string; readonly remedy: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;
