/**
 * The script that a security engineer writes today: Microsoft's Graph client, a loop, CEF to a socket, the last time in a
 * file. It promises nothing: what the socket took counts as delivered, and there are no keys. Reads its orders from
 * standard input, one JSON text, and prints what it took.
 */
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { Client } from "@microsoft/microsoft-graph-client";
import type { Result } from "./subject.ts";

export interface ScriptOrders {
  readonly graph: string;
  readonly port: number;
  readonly stateFile: string;
  /** One access token for each tenant. */
  readonly tokens: readonly string[];
}

interface Page {
  readonly value: readonly Readonly<Record<string, unknown>>[];
  readonly "@odata.nextLink"?: string;
}

const { graph, port, stateFile, tokens }: ScriptOrders = JSON.parse(await text(process.stdin));
const socket = connect(port, "127.0.0.1");
let records = 0;

function escape(value: unknown): string {
  return (typeof value === "string" ? value : "")
    .replaceAll("\\", "\\\\")
    .replaceAll("=", "\\=")
    .replaceAll(/[\r\n]/g, " ");
}

function cef(record: Readonly<Record<string, unknown>>): string {
  const { id, createdDateTime, detectedDateTime, userPrincipalName, userId, ipAddress } = record;
  const { riskEventType, riskLevel, riskState, appDisplayName, clientAppUsed, correlationId } = record;
  const fields = {
    externalId: id,
    rt: createdDateTime ?? detectedDateTime,
    suser: userPrincipalName,
    suid: userId,
    src: ipAddress,
    app: clientAppUsed,
    destinationServiceName: appDisplayName,
    cs1: riskLevel,
    cs2: riskState,
    cs3: correlationId,
  };
  const extension = Object.entries(fields).map(([key, value]) => `${key}=${escape(value)}`);
  return `CEF:0|Script|Entra ID|1|${escape(riskEventType ?? "signIn")}|Event|5|${extension.join(" ")}`;
}

async function forward(client: Client, first: string): Promise<void> {
  for (let next: string | undefined = first; next !== undefined; ) {
    const page: Page = await client.api(next).get();
    for (const record of page.value) {
      socket.write(`<134>1 ${new Date().toISOString()} host script - - - ${cef(record)}\n`);
      records += 1;
    }
    writeFileSync(stateFile, new Date().toISOString());
    // The client takes an address for a path unless it begins with https.
    next = page["@odata.nextLink"]?.replace(`${graph}/v1.0`, "");
  }
}

const cpu = process.cpuUsage();
const start = performance.now();
for (const token of tokens) {
  const headers = { authorization: `Bearer ${token}`, prefer: "include-unknown-enum-members" };
  const client = Client.init({
    baseUrl: graph,
    defaultVersion: "v1.0",
    fetchOptions: { headers },
    authProvider: (done) => done(null, token),
  });
  await forward(client, "/auditLogs/signIns?$top=1000");
  await forward(client, "/identityProtection/riskDetections?$top=500");
}
socket.end();
const { user, system } = process.cpuUsage(cpu);
const result: Result = { records, cpuSeconds: (user + system) / 1e6, seconds: (performance.now() - start) / 1e3 };
process.stdout.write(JSON.stringify(result));
