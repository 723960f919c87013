/** Writes a page as Graph does, with the faults that break its bytes or its nextLink. */
import type { Answer } from "./answer.ts";
import type { PageFault } from "./faults.ts";
import type { Origins } from "./listener.ts";
import { seenAs, type View } from "./views.ts";
import type { Item } from "./walks.ts";

export interface WrittenPage {
  readonly items: readonly Item[];
  readonly nextLink: string | undefined;
  readonly fault: PageFault | undefined;
}

const TIPS = "Use $select to choose only the properties your app needs, as this can lead to performance improvements.";
const OVERSIZE_BYTES = 32e6;

export function writePage(page: WrittenPage, context: Origins & { view: View; url: URL }): Answer {
  const { url, graph, view } = context;
  const nextLink = linkOf(page, context);
  const annotations = {
    "@odata.context": `${graph}/v1.0/$metadata#${url.pathname.slice("/v1.0/".length)}`,
    "@microsoft.graph.tips": page.fault?.kind === "oversized" ? filler(page.fault.bytes) : TIPS,
    ...(nextLink === undefined ? {} : { "@odata.nextLink": nextLink }),
  };
  const parts: Buffer[] = [Buffer.from(`${JSON.stringify(annotations).slice(0, -1)},"value":[`)];
  for (const [index, { bytes }] of page.items.entries()) {
    if (index > 0) parts.push(COMMA);
    parts.push(seenAs(bytes, view));
  }
  parts.push(END);
  return {
    status: 200,
    headers: { "content-type": "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8" },
    body: broken(Buffer.concat(parts), page.fault),
    delivery: page.fault?.kind === "trickle" ? "trickle" : "whole",
  };
}

const COMMA = Buffer.from(",");
const END = Buffer.from("]}");

/** The login host stands for the foreign one: it tells when an access token is sent to it. */
function linkOf({ nextLink, fault }: WrittenPage, { login, graph, url }: Origins & { url: URL }): string | undefined {
  if (fault?.kind === "link-loop") return `${graph}${url.pathname}${url.search}`;
  if (fault?.kind === "foreign-link") return `${login}${url.pathname}?$skiptoken=foreign`;
  return nextLink;
}

function broken(body: Buffer, fault: PageFault | undefined): Buffer {
  if (fault?.kind === "truncated") return body.subarray(0, Math.floor(body.length / 2));
  if (fault?.kind === "unparsable") return Buffer.concat([body.subarray(0, -1), Buffer.from(",,}")]);
  return body;
}

function filler(bytes = OVERSIZE_BYTES): string {
  return "x".repeat(bytes);
}
