/** The national clouds: both hosts go together, and tokens are not interchangeable (Graph doc, national clouds). */

export const CLOUDS = {
  global: { login: "https://login.microsoftonline.com", graph: "https://graph.microsoft.com" },
  usGov: { login: "https://login.microsoftonline.us", graph: "https://graph.microsoft.us" },
  usGovDoD: { login: "https://login.microsoftonline.us", graph: "https://dod-graph.microsoft.us" },
  china: { login: "https://login.partner.microsoftonline.cn", graph: "https://microsoftgraph.chinacloudapi.cn" },
} as const;

export type Cloud = keyof typeof CLOUDS;

/** China (21Vianet) has no identityProtection in its schema; every other cloud here has it (Graph metadata, 2026-08). */
export function hasIdentityProtection(cloud: Cloud): boolean {
  return cloud !== "china";
}
