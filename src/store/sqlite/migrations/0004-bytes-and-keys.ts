/** Schema 4: records as Graph's own bytes, and keys in the order of time. */
export const BYTES_AND_KEYS = `
-- The bytes in which Graph sent the record; null for a notice and before schema 4, where \`record\` has it. Last, so that
-- no other column lies behind a long one.
ALTER TABLE event ADD COLUMN json BLOB;

-- Ids are random: a key for each of ten million would be looked for, and written, all over the file. Records whose time
-- never changes come close to their like instead, and what is forgotten lies together. 0: the time may change.
CREATE TABLE key (
  stream    INTEGER NOT NULL REFERENCES stream (id),
  created   INTEGER NOT NULL,
  id        TEXT NOT NULL,
  number    INTEGER NOT NULL,
  revision  TEXT NOT NULL,
  changed   INTEGER,
  PRIMARY KEY (stream, created, id, number)
) STRICT, WITHOUT ROWID;

INSERT INTO key (stream, created, id, number, revision, changed)
  SELECT stream, iif(source = 'signIns', time - time % 1000, 0) AS created, seen.id, number, revision, changed
  FROM seen JOIN stream ON stream.id = seen.stream ORDER BY stream, created, seen.id, number;
DROP TABLE seen;
ALTER TABLE key RENAME TO seen;
`;
