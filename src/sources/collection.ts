/**
 * A source from its definition: which collection, filtered on which time, and which fields of a record are news. The
 * three sources differ in nothing else.
 */
import type { GraphRecord, Identity, SourceName } from "../core/event.ts";
import { hasId } from "../core/record-json.ts";
import { hashOf, hashOfText } from "../core/revision.ts";
import type { Coverage } from "../core/slices.ts";
import { odataTime, parseGraphTime, wholeSecond } from "../core/time.ts";
import type { Budget } from "../graph/graph-client.ts";
import { hinting } from "./hint.ts";
import { type News, newsOf } from "./significant.ts";
import type { Source, Window } from "./source.ts";

export interface Collection {
  readonly name: SourceName;
  /** Path below Graph's API version. */
  readonly path: string;
  readonly budget: Budget;
  readonly permission: string;
  readonly maxPageSize: number;
  readonly coverage: Coverage;
  readonly forgetAfterMs?: number;
  /** The property that reads are filtered on. */
  readonly timeProperty: string;
  /** Whether that is when the record was made, which never changes. */
  readonly isTimeFixed: boolean;
  /** The property that says when Graph last changed a record, where the collection has one. */
  readonly changedProperty?: string;
  /** The properties whose change is news to a SIEM, and what makes their values comparable. */
  readonly news: News;
  /** Graph's level and type of risk. Must not throw. */
  readonly risk: (record: GraphRecord) => Identity["risk"];
}

export function createSource(collection: Collection): Source {
  const { name, path, budget, permission, maxPageSize, coverage, forgetAfterMs } = collection;
  const newsJson = newsOf(collection.news);
  const identify = (record: GraphRecord) => identityOf(collection, record, newsJson(record));
  const hint = hinting(collection.isTimeFixed ? collection.timeProperty : undefined);
  return {
    name,
    budget,
    permission,
    maxPageSize,
    coverage,
    ...(forgetAfterMs === undefined ? {} : { forgetAfterMs }),
    pages: (window, graph, signal) => {
      const { priority, pulse } = window;
      const query = queryOf(collection, window);
      return graph.pages({ source: name, path, query, budget, permission, priority, pulse, identify, hint }, signal);
    },
    identify,
    hint,
  };
}

/** `ge` and `le`: on some collections Graph treats `gt` as `ge` anyway (microsoft-graph-docs#13750). */
function queryOf({ timeProperty, maxPageSize }: Collection, { from, to, top = maxPageSize }: Window) {
  const bounds = [
    ...(from === undefined ? [] : [`${timeProperty} ge ${odataTime(from)}`]),
    ...(to === undefined ? [] : [`${timeProperty} le ${odataTime(to)}`]),
  ];
  return {
    $top: String(Math.min(top, maxPageSize)),
    ...(bounds.length === 0 ? {} : { $filter: bounds.join(" and ") }),
  };
}

function identityOf(
  { risk, timeProperty, isTimeFixed, changedProperty }: Collection,
  record: GraphRecord,
  news: string,
): Identity {
  const time = parseGraphTime(record[timeProperty]);
  const changed = changedProperty === undefined ? undefined : parseGraphTime(record[changedProperty]);
  return {
    id: hasId(record) ? record.id : `sha256-${hashOf(record)}`,
    revision: hashOfText(news),
    risk: risk(record),
    time,
    created: time === undefined || !isTimeFixed ? undefined : wholeSecond(time),
    changed,
  };
}
