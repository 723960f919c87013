/** From the driver's errors to ours. */
import { messageOf, TransientError } from "../../core/errors.ts";
import { asStateError, codeOf, isCorruption } from "./sqlite-errors.ts";

/** Full disk, I/O error, busy: the caller keeps its position and tries again. */
const MAY_PASS = /^SQLITE_(FULL|IOERR|BUSY|LOCKED|READONLY|CANTOPEN|NOMEM)/;

/** Does something with the state at `path`. Throws StateError when it is corrupt, TransientError when that may pass. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isCorruption(error)) throw asStateError(error, path);
    if (!MAY_PASS.test(codeOf(error))) throw error;
    throw new TransientError("ERF5004", `cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
}
