import * as z from 'zod'
import type { CounterKey } from '../core/ledger/counters.ts'
import type { ParkedByMinute } from '../core/ledger/plan-update.ts'
import type { LedgerDictionary } from './ledger-dictionary.ts'

/** Minute of the hour -> attribute of the row's sibling -> amount, a decimal string. */
const noteSchema = z.record(z.string(), z.record(z.string(), z.string().transform(BigInt)))

/**
 * What an update of a ledger row parks, as it is noted in the row itself (attribute `j`, one line of JSON): the siblings
 * are other items, and whoever finds the note can bring them up to it, if its writer could not.
 */
export async function noteOf(
  dictionary: LedgerDictionary,
  service: string,
  parked: ParkedByMinute,
  keepUntil: number,
): Promise<string> {
  const note: Record<number, Record<string, string>> = {}
  for (const [minute, counters] of parked) {
    const attributes = await dictionary.attributesOf(service, counters.keys(), keepUntil)
    note[minute] = Object.fromEntries([...counters].map(([key, amount]) => [attributes.get(key), amount.toString()]))
  }
  return JSON.stringify(note)
}

/**
 * Reads what `noteOf` wrote.
 * @throws SyntaxError, ZodError for anything else; an Error for an attribute that the dictionary does not explain.
 */
export async function readNote(dictionary: LedgerDictionary, service: string, note: string): Promise<ParkedByMinute> {
  const read = noteSchema.parse(JSON.parse(note))
  const keys = await dictionary.keysOf(service, new Set(Object.values(read).flatMap((amounts) => Object.keys(amounts))))
  const keyOf = (attribute: string): CounterKey => {
    const key = keys.get(attribute)
    if (key === undefined) throw new Error(`the dictionary of ${service} does not explain the counter "${attribute}"`)
    return key
  }
  return new Map(
    Object.entries(read).map(([minute, amounts]) => [
      Number(minute),
      new Map(Object.entries(amounts).map(([attribute, amount]) => [keyOf(attribute), amount])),
    ]),
  )
}
