/** What SQLite's write-ahead log holds, read from its bytes as https://www.sqlite.org/fileformat2.html#walformat has it. */

export interface WriteAheadLog {
  /** Where the frames of the current generation end. */
  readonly end: number;
  /** Where the part ends that was moved into the database already, or may have been. */
  readonly checkpointed: number;
  /** Where each commit ends. */
  readonly commits: readonly number[];
}

const HEADER = 32;
const FRAME_HEADER = 24;

/** `index` is the file beside it, which tells how far a checkpoint has come. */
export function readLog(log: Buffer, index: Buffer): WriteAheadLog {
  if (log.length < HEADER) return { end: log.length, checkpointed: log.length, commits: [] };
  const salt = log.subarray(16, 24);
  const frame = FRAME_HEADER + log.readUInt32BE(8);
  const commits: number[] = [];
  let end = HEADER;
  for (; end + frame <= log.length && log.subarray(end + 8, end + 16).equals(salt); end += frame) {
    if (log.readUInt32BE(end + 4) !== 0) commits.push(end + frame);
  }
  // Another salt in the index: a new generation is about to begin, and this one is in the database as a whole.
  const isCurrent = index.subarray(32, 40).equals(salt);
  const checkpointed = isCurrent ? HEADER + frame * index.readUInt32LE(128) : end;
  return { end, checkpointed, commits };
}
