/** Schema 1. Never edited after a release. Times are epoch milliseconds. */
export const INITIAL = `
CREATE TABLE stream (
  id      INTEGER PRIMARY KEY,
  tenant  TEXT NOT NULL,
  source  TEXT NOT NULL,
  born    INTEGER NOT NULL,
  mark    INTEGER,
  health  TEXT NOT NULL,
  UNIQUE (tenant, source)
) STRICT;

CREATE TABLE reread (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  stream    INTEGER NOT NULL REFERENCES stream (id),
  reason    TEXT NOT NULL,
  tier      INTEGER,
  start     INTEGER NOT NULL,
  finish    INTEGER NOT NULL,
  position  INTEGER NOT NULL,
  slice     INTEGER NOT NULL,
  top       INTEGER,
  failures  INTEGER NOT NULL
) STRICT;

CREATE TABLE sweep (
  stream     INTEGER NOT NULL REFERENCES stream (id),
  tier       INTEGER NOT NULL,
  completed  INTEGER NOT NULL,
  PRIMARY KEY (stream, tier)
) STRICT, WITHOUT ROWID;

CREATE TABLE lost (
  stream  INTEGER NOT NULL REFERENCES stream (id),
  start   INTEGER NOT NULL,
  finish  INTEGER NOT NULL
) STRICT;

-- One row for each accepted revision: what dedupe knows.
CREATE TABLE seen (
  stream    INTEGER NOT NULL REFERENCES stream (id),
  id        TEXT NOT NULL,
  number    INTEGER NOT NULL,
  revision  TEXT NOT NULL,
  changed   INTEGER,
  time      INTEGER NOT NULL,
  PRIMARY KEY (stream, id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX seen_time ON seen (stream, time);

-- The event log. AUTOINCREMENT: a seq is never used twice, even after the newest event was pruned.
CREATE TABLE event (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  stream    INTEGER NOT NULL REFERENCES stream (id),
  id        TEXT NOT NULL,
  revision  INTEGER NOT NULL,
  time      INTEGER NOT NULL,
  received  INTEGER NOT NULL,
  record    TEXT NOT NULL
) STRICT;

CREATE TABLE sink (
  name    TEXT PRIMARY KEY,
  cursor  INTEGER NOT NULL,
  health  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letter (
  sink      TEXT NOT NULL REFERENCES sink (name),
  seq       INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  rejected  INTEGER NOT NULL,
  PRIMARY KEY (sink, seq)
) STRICT, WITHOUT ROWID;
`;
