import type { LetterSelection } from '../../layers/adapters/dead-letters-bucket.ts'
import { DEAD_REASONS } from '../../layers/core/otlp/span.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { INSTANT_EXAMPLES, readInstant } from '../../layers/core/time/read-instant.ts'

/** Which letters, as somebody writes it; all where nothing is written. */
export interface WrittenSelection {
  /** Reasons with commas between. */
  readonly reason?: string | undefined
  /** From this instant, to before that one, of the Kafka timestamps of the dead records. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** What was written names no letters; the message says what to write. */
export class NoSelection extends Error {
  override readonly name = 'NoSelection'
}

const BEGINNING = 0 as EpochMs
/** 9999-12-31. */
const END = 253_402_214_400_000 as EpochMs

/** Reads which letters are meant. @throws NoSelection */
export function letterSelection({ reason, from, to }: WrittenSelection): LetterSelection {
  const range = { from: instant('from', from) ?? BEGINNING, to: instant('to', to) ?? END }
  if (range.from >= range.to) throw new NoSelection('write a "from" that is before "to"')
  if (reason === undefined) return { reasons: DEAD_REASONS, ...range }
  const reasons = reason.split(',').map((name) => {
    const known = DEAD_REASONS.find((one) => one === name)
    if (known === undefined)
      throw new NoSelection(`there is no reason "${name.slice(0, 40)}": ${DEAD_REASONS.join(', ')}`)
    return known
  })
  return { reasons, ...range }
}

function instant(name: string, text: string | undefined): EpochMs | undefined {
  if (text === undefined) return undefined
  const at = readInstant(text)
  if (at === undefined) throw new NoSelection(`"${name}" is an instant: write ${INSTANT_EXAMPLES}`)
  return at
}
