/** Schema 5: pages as Graph packed them, instead of each of their records, and what a record is known by before it is parsed. */
export const PAGES = `
-- A page in Graph's own gzip, for the events from \`first\` to \`last\` that have no record of their own.
CREATE TABLE page (
  first  INTEGER PRIMARY KEY,
  last   INTEGER NOT NULL,
  gzip   BLOB NOT NULL
) STRICT;

-- The bytes of the event's record in its unpacked page; null where the event has a record of its own.
ALTER TABLE event ADD COLUMN start INTEGER;
ALTER TABLE event ADD COLUMN length INTEGER;

-- Hash of the bytes in which the revision came, the applied policies apart; null: not known.
ALTER TABLE seen ADD COLUMN digest TEXT;
`;
