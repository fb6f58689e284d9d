import { setFlagsFromString } from 'node:v8'

/** Bytes of bytecode that V8 may put into one compiled function; 920 if nobody asks. */
const INLINED_BYTES_MAX = 2500

/**
 * Tells V8 how attribute-spans wants to be run, from now on; NODE_OPTIONS takes neither of these. What each gains: docs/performance.md.
 * - More is inlined into the functions that are compiled. A span is read by a dozen small functions; with V8's own budget half of them stay calls.
 * - Memory is marked at once when it is short, instead of bit by bit beside the work, which slows all writing down: an event leaves a
 *   dozen megabytes of garbage and little else, so there is hardly anything to mark, and nobody waits for a batch within ten milliseconds.
 */
export function tellV8(): void {
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED_BYTES_MAX}`)
  setFlagsFromString('--no-incremental-marking')
}
