/** Node.js cuts smaller buffers out of one that they share. */
const MOST_SHARED_BYTES = 65_536;

/**
 * Gives the memory of a large buffer back at once: nobody may look at it any more. Left to the collector of garbage, such
 * buffers make it go through the whole heap every few pages, for their bytes count as if the heap had grown by them.
 */
export function free({ buffer }: Uint8Array): void {
  if (buffer.byteLength > MOST_SHARED_BYTES && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
