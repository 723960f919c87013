/** Schema 2: each sink's books, events for one sink alone, replays and audits. Times are epoch milliseconds. */
export const BOOKS = `
-- What became of the records of a stream, since schema 2.
ALTER TABLE stream ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN revised INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN repaired INTEGER NOT NULL DEFAULT 0;

-- Null: for every sink. Otherwise the event was accepted before and is sent to this sink again.
ALTER TABLE event ADD COLUMN sink TEXT;
CREATE INDEX event_sink ON event (sink, seq) WHERE sink IS NOT NULL;

-- Where the sink's collector is; null: not known yet.
ALTER TABLE sink ADD COLUMN route TEXT;
-- All streams' accepted when the sink began; below zero by what waited when its books were opened.
ALTER TABLE sink ADD COLUMN opening INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sink ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sink ADD COLUMN filtered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sink ADD COLUMN rejected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sink ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sink ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;
UPDATE sink SET opening = cursor - (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event');

-- A second, temporary cursor of a sink.
CREATE TABLE replay (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  sink    TEXT NOT NULL REFERENCES sink (name),
  cursor  INTEGER NOT NULL,
  finish  INTEGER NOT NULL,
  resent  INTEGER NOT NULL DEFAULT 0,
  health  TEXT NOT NULL
) STRICT;

-- The sink to which a re-read sends again what was accepted before.
ALTER TABLE reread ADD COLUMN sink TEXT;

-- What a re-read that an operator asked for has met so far; the first verdict on an id holds.
CREATE TABLE visited (
  reread   INTEGER NOT NULL,
  id       TEXT NOT NULL,
  verdict  TEXT NOT NULL,
  PRIMARY KEY (reread, id)
) STRICT, WITHOUT ROWID;

-- The findings of an audit, under the number of its re-read; without figures while that goes on. Before \`cut\` Graph
-- holds nothing any more; \`unreadable\` is 1 when records were set aside.
CREATE TABLE audit (
  id         INTEGER PRIMARY KEY,
  stream     INTEGER NOT NULL REFERENCES stream (id),
  start      INTEGER NOT NULL,
  finish     INTEGER NOT NULL,
  requested  INTEGER NOT NULL,
  cut        INTEGER,
  unreadable INTEGER NOT NULL DEFAULT 0,
  finished   INTEGER,
  known      INTEGER,
  missing    INTEGER,
  changed    INTEGER
) STRICT;
`;
