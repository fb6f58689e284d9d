import pMap from 'p-map'
import type { DeadLettersBucket, LetterSelection } from '../../layers/adapters/dead-letters-bucket.ts'
import { redrivenParts } from '../../layers/core/ledger/dead-letter.ts'
import { formatOrigin, ORIGIN_HEADER } from '../../layers/core/ledger/origin.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'

/** A record for the topic of spans. */
interface RedrivenRecord {
  readonly headers: readonly (readonly [name: string, value: Uint8Array])[]
  /** The record's own Kafka timestamp: when it is produced. That of its origin is in the header. */
  readonly timestampMs: EpochMs
}

/** What redriving asks of the world. */
export interface RedriveLettersPorts {
  readonly now: () => EpochMs
  readonly letters: Pick<DeadLettersBucket, 'find' | 'read' | 'putAside'>
  /** Resolves when the record is in the topic and will survive. */
  readonly produce: (value: Uint8Array, record: RedrivenRecord) => Promise<unknown>
  /** Letters that are done, of those that were found so far. */
  readonly progress: (done: number, of: number) => void
}

/** What a redrive did, or would do. */
export interface Redriven {
  readonly letters: number
  /** Records that are in the topic now: one a body. */
  readonly records: number
  readonly spans: number
  /** Spans. */
  readonly byReason: Readonly<Record<string, number>>
}

const LETTERS_AT_ONCE = 16

/**
 * Produces the bodies of the letters that are chosen to the topic again, each with its origin in a header, and puts a letter
 * aside when all of its bodies are there. attribute-spans books each body once, however often it is produced: a redrive that
 * crashes anywhere is run again. A letter that dies again has a letter anew, which this redrive does not see.
 * `isRehearsal`: counts, and changes nothing.
 * @throws what the bucket and the topic throw; letters not put aside by then stay
 */
export async function redriveLetters(
  ports: RedriveLettersPorts,
  selection: LetterSelection,
  isRehearsal: boolean,
): Promise<Redriven> {
  const names: string[] = []
  for await (const name of ports.letters.find(selection)) ports.progress(0, names.push(name))
  const redriven = { letters: 0, records: 0, spans: 0 }
  const byReason = new Map<string, number>()
  let done = 0
  await pMap(
    names,
    async (name) => {
      const letter = await ports.letters.read(name)
      ports.progress(++done, names.length)
      if (letter === undefined || letter.timestampMs < selection.from || letter.timestampMs >= selection.to) return
      if (!isRehearsal) {
        for (const { body, origin } of redrivenParts(letter)) {
          const header = [ORIGIN_HEADER, Buffer.from(formatOrigin(origin))] as const
          await ports.produce(body, { headers: [header], timestampMs: ports.now() })
        }
        await ports.letters.putAside(name, letter)
      }
      redriven.letters += 1
      redriven.records += letter.bodies.length
      redriven.spans += letter.spans
      byReason.set(letter.reason, (byReason.get(letter.reason) ?? 0) + letter.spans)
    },
    { concurrency: LETTERS_AT_ONCE },
  )
  return { ...redriven, byReason: Object.fromEntries([...byReason].sort(([a], [b]) => (a < b ? -1 : 1))) }
}
