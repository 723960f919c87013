/** Schema 4: a record's own bytes. Written as text they took twice as long (measured). */
export const JSON_BYTES = `
-- The bytes in which Graph sent the record; null for a notice and before schema 4, where \`record\` has it. Last, so that
-- no other column lies behind a long one.
ALTER TABLE event ADD COLUMN json BLOB;
`;
