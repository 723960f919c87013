/**
 * A page of Graph, cut into its records without writing any of them anew: what the event log keeps is Graph's own. Everything
 * in it is hostile: what is no list of objects, or is nested too deeply, is no page.
 */
import type { GraphRecord, Hint, IdentifiedRecord, Identity, Records } from "../core/event.ts";
import { free } from "../core/free.ts";
import { endOfBrackets, endOfText, isAt, type JsonBytes, jsonBytes, MARKS } from "../core/json-bytes.ts";
import { bareJson, opensPolicies, type Policies, parseRecord } from "../core/record-json.ts";

/** Real records reach 5; thousands of levels would exhaust the stack of whoever walks them. */
const MAX_DEPTH = 64;

const COMMA = 0x2c;
const COLON = 0x3a;
const SPACES: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const VALUE = Buffer.from('"value"');

export interface PageContent {
  readonly records: Records;
  readonly nextLink?: string;
}

/** A record in a page: its first byte, the one behind its last, and the brackets of its policies within it. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly policies: Policies | null;
}

/** What is made of a record, and what is thrown for one that cannot be parsed. */
interface Reader {
  readonly identify: (record: GraphRecord) => Identity;
  readonly hint: (json: Buffer) => Hint | undefined;
  readonly unreadable: () => Error;
}

/** A page as it came. */
interface Sheet {
  readonly body: Buffer;
  /** The body packed, where it came so. */
  readonly gzip?: Buffer;
}

/** Undefined for what is no page. */
export function readPage(sheet: Sheet, reader: Reader): PageContent | undefined {
  const { body } = sheet;
  const json = jsonBytes(body);
  const start = startOfList(json);
  const items = start === undefined ? undefined : itemsOf(json, start);
  if (start === undefined || items === undefined) return undefined;
  try {
    // What is left without the items must be sound too.
    const rest = Buffer.concat([body.subarray(0, start), body.subarray(items.end)]);
    const nextLink = nextLinkOf(JSON.parse(new TextDecoder().decode(rest)));
    if (nextLink === null) return undefined;
    return { records: new PageRecords(sheet, items.pieces, reader), ...(nextLink === undefined ? {} : { nextLink }) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class PageRecords implements Records {
  readonly length: number;
  readonly gzip?: Buffer;
  private readonly body: Buffer;
  private readonly pieces: readonly Piece[];
  private readonly reader: Reader;

  constructor({ body, gzip }: Sheet, pieces: readonly Piece[], reader: Reader) {
    this.length = pieces.length;
    this.body = body;
    if (gzip !== undefined) this.gzip = gzip;
    this.pieces = pieces;
    this.reader = reader;
  }

  *[Symbol.iterator](): Generator<IdentifiedRecord> {
    for (const piece of this.pieces) yield new PageRecord(this.body, piece, this.reader);
  }

  release(): void {
    free(this.body);
    if (this.gzip !== undefined) free(this.gzip);
  }
}

class PageRecord implements IdentifiedRecord {
  readonly json: Buffer;
  readonly start: number;
  readonly hint: Hint | undefined;
  private readonly policies: Policies | null;
  private readonly reader: Reader;
  private bared: Buffer | undefined;
  private parsed: GraphRecord | undefined;
  private identified: Identity | undefined;

  constructor(body: Buffer, { start, end, policies }: Piece, reader: Reader) {
    this.json = body.subarray(start, end);
    this.start = start;
    this.hint = reader.hint(this.json);
    this.policies = policies;
    this.reader = reader;
  }

  get bare(): Buffer {
    this.bared ??= bareJson(this.json, this.policies);
    return this.bared;
  }

  get record(): GraphRecord {
    this.parsed ??= this.parse();
    return this.parsed;
  }

  get identity(): Identity {
    this.identified ??= this.reader.identify(this.record);
    return this.identified;
  }

  private parse(): GraphRecord {
    try {
      return parseRecord(this.json, this.bare);
    } catch (error) {
      throw error instanceof SyntaxError ? this.reader.unreadable() : error;
    }
  }
}

/** Undefined: there is none, this is the last page. Null: it is none that could be followed. */
function nextLinkOf(page: Readonly<Record<string, unknown>>): string | undefined | null {
  const { value, "@odata.nextLink": nextLink = null } = page;
  // A second list would have taken the place of the one that was cut.
  if (!Array.isArray(value) || value.length > 0) return null;
  if (nextLink === null) return undefined;
  return typeof nextLink === "string" ? nextLink : null;
}

/** Index behind the bracket that opens the list `value` of the outermost object. */
function startOfList(json: JsonBytes): number | undefined {
  const { bytes } = json;
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === MARKS.openObject || byte === MARKS.openList) depth += 1;
    else if (byte === MARKS.closeObject || byte === MARKS.closeList) depth -= 1;
    else if (byte === MARKS.quote) {
      const end = endOfText(json, at);
      const list = depth === 1 && isAt(bytes, at, VALUE) ? listAfterKey(bytes, end) : undefined;
      if (list !== undefined) return list;
      at = end - 1;
    }
  }
  return undefined;
}

/** Index behind the bracket of a list that follows a key; undefined where none does. */
function listAfterKey(bytes: Uint8Array, end: number): number | undefined {
  const colon = behindSpaces(bytes, end);
  const bracket = behindSpaces(bytes, colon + 1);
  return bytes[colon] === COLON && bytes[bracket] === MARKS.openList ? bracket + 1 : undefined;
}

/** The objects of a list and the index of the bracket that closes it; undefined where anything else is in it. */
function itemsOf(
  json: JsonBytes,
  start: number,
): { readonly pieces: readonly Piece[]; readonly end: number } | undefined {
  const { bytes } = json;
  const pieces: Piece[] = [];
  let at = behindSpaces(bytes, start);
  if (bytes[at] === MARKS.closeList) return { pieces, end: at };
  for (;;) {
    const piece = pieceAt(json, at);
    if (piece === undefined) return undefined;
    pieces.push(piece);
    const next = behindSpaces(bytes, piece.end);
    if (bytes[next] === MARKS.closeList) return { pieces, end: next };
    if (bytes[next] !== COMMA) return undefined;
    at = behindSpaces(bytes, next + 1);
  }
}

/** The object that begins at a place; undefined where none does, or one that is too deep. */
function pieceAt(json: JsonBytes, start: number): Piece | undefined {
  if (json.bytes[start] !== MARKS.openObject) return undefined;
  let policies: Policies | null = null;
  const onList = (open: number, close: number) => {
    if (opensPolicies(json.bytes, open)) policies = { open: open - start, close: close - start };
  };
  const end = endOfBrackets(json, start, MAX_DEPTH, onList);
  return end === undefined ? undefined : { start, end, policies };
}

function behindSpaces(bytes: Uint8Array, start: number): number {
  let at = start;
  while (SPACES.has(bytes[at])) at += 1;
  return at;
}
