import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectParkedRows } from '../../../layers/adapters/ledger-parked.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import {
  type CounterKey,
  minuteCounter,
  operationCounter,
  outcomeCounter,
  parkedCounter,
  waitingCounter,
} from '../../../layers/core/ledger/counters.ts'
import { pack } from '../../../layers/core/ledger/packed.ts'
import type { ParkedByMinute, RecordCounters } from '../../../layers/core/ledger/plan-update.ts'
import { ledgerRowPlace, parkedRowPlace } from '../../../layers/core/ledger/row-name.ts'
import type { Price } from '../../../layers/core/prices/price.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import { type EpochMs, hourOf } from '../../../layers/core/time/instants.ts'
import { priceOf } from '../core/prices/prices.ts'
import { type ModelledTable, modelledTable, type Passage } from './modelled-table.ts'

const START = Date.UTC(2026, 10, 23, 8) as EpochMs
const HOUR = hourOf(START)
const PLACE = ledgerRowPlace({ service: 'noted', hour: HOUR, commit: 'a1b2c3d', shard: 'k3f9.3' })
const MINUTES = [7, 8]
const RATE = 'rate/noted/*' as Sku
/** A microdollar a millisecond: a picodollar for each quantum of a rate, a nanosecond. */
const PRICE: Price = priceOf(RATE, '0.000001')
const priced = (): Price => PRICE

/** What a writer thinks of the prices when it folds a record. */
type View = 'fresh' | 'stale'

/** Record `index` costs 10^index, booked or parked, so that a sum says which records are in it, and how often. */
function record(index: number, view: View): RecordCounters {
  const cost = 10n ** BigInt(index)
  const minute = MINUTES[index % 2] as number
  const money = view === 'fresh' ? cost : 0n
  const parked: ParkedByMinute = new Map([
    [
      minute,
      new Map([
        [parkedCounter('op', RATE), pack(cost, 1n)],
        [waitingCounter([RATE]), 1n],
      ]),
    ],
  ])
  return {
    offset: 7 + 3 * index,
    timestampMs: (START + index) as EpochMs,
    counters: new Map<CounterKey, bigint>([
      [minuteCounter(minute), pack(money, 1n)],
      [operationCounter('op'), pack(money, 1n)],
      ...(view === 'fresh' ? [[outcomeCounter('booked'), 1n] as const] : []),
    ]),
    ...(view === 'stale' ? { parked } : {}),
  }
}

const RECORDS = 6
const ALL = Array.from({ length: RECORDS }, (_, index) => index)
const EACH_ONCE = ALL.reduce((sum, index) => sum + 10n ** BigInt(index), 0n)

const direct: Passage = async (_, apply) => apply()
const ledgerOf = (table: ModelledTable, passage = direct) => connectLedger(table.clientThrough(passage), 'ledger', 90)

async function settleAll(table: ModelledTable, passage = direct): Promise<void> {
  const parked = connectParkedRows(table.clientThrough(passage), 'ledger', 90)
  for (const minute of MINUTES) await parked.settle(parkedRowPlace(PLACE, minute), priced)
}

/** All records again by someone who has just started, then all that is parked settled: what is in the ledger then. */
async function inTheEnd(table: ModelledTable, view: View) {
  await ledgerOf(table).bookRow(
    PLACE,
    ALL.map((index) => record(index, view)),
  )
  await settleAll(table)
  const { rows, parked } = await ledgerOf(table).readHours('noted', [HOUR])
  const minutes = rows.flatMap((row) => row.minutes)
  return {
    cost: minutes.reduce((sum, { cost }) => sum + cost, 0n),
    ofOperations: rows.flatMap((row) => row.operations).reduce((sum, { cost }) => sum + cost, 0n),
    requests: minutes.reduce((sum, { entryRequests }) => sum + entryRequests, 0),
    booked: rows.flatMap((row) => row.outcomes).reduce((sum, { spans }) => sum + spans, 0),
    parked,
  }
}

const EACH_RECORD_ONCE = {
  cost: EACH_ONCE,
  ofOperations: EACH_ONCE,
  requests: RECORDS,
  booked: RECORDS,
  parked: [],
}

const isWrite = (name: string): boolean => name === 'UpdateItem' || name === 'PutItem'

/** Dies after so many writes; `answered`: having had the answer of the last. */
function dying(afterWrites: number, answered: boolean): Passage {
  let left = afterWrites
  return async ({ name }, apply) => {
    if (left < 0 || (left === 0 && isWrite(name) && answered)) throw new Error('died')
    if (!isWrite(name)) return apply()
    left -= 1
    const result = apply()
    if (left < 0) throw new Error('died before it had the answer')
    return result
  }
}

const view = fc.constantFrom<View>('fresh', 'stale')

describe('what a row notes as parked', () => {
  it.each<[View, View]>([
    ['stale', 'fresh'],
    ['stale', 'stale'],
    ['fresh', 'stale'],
  ])('is booked or parked once when the writer dies anywhere, prices %s and then %s', async (first, then) => {
    for (const answered of [true, false]) {
      for (let writes = 0; writes < 12; writes += 1) {
        const table = modelledTable()
        await ledgerOf(table, dying(writes, answered))
          .bookRow(
            PLACE,
            ALL.slice(0, 4).map((index) => record(index, first)),
          )
          .catch(() => {})
        expect(await inTheEnd(table, then)).toEqual(EACH_RECORD_ONCE)
      }
    }
  })

  it('is brought into the siblings before the row moves on, whoever moves it', async () => {
    const table = modelledTable()
    const unfinished = ledgerOf(table, async ({ name, input }, apply) => {
      const { row } = (input.Key ?? {}) as { readonly row?: { readonly S?: string } }
      if (name === 'UpdateItem' && row?.S?.includes('#parked#')) throw new Error('died')
      return apply()
    })
    await expect(unfinished.bookRow(PLACE, [record(0, 'stale')])).rejects.toThrow('died')
    expect((await ledgerOf(table).readHours('noted', [HOUR])).parked).toEqual([])
    await ledgerOf(table).bookRow(PLACE, [record(1, 'fresh')])
    const { parked } = await ledgerOf(table).readHours('noted', [HOUR])
    expect(parked.flatMap(({ usage }) => usage)).toEqual([{ operation: 'op', sku: RATE, quantity: 1n, spans: 1 }])
  })

  it('ends with every record once, whatever two writers with other prices and a settler do in whatever order', async () => {
    const writer = fc.record({
      cut: fc.integer({ min: 1, max: 4 }),
      views: fc.array(view, { minLength: 1, maxLength: 4 }),
      faults: fc.array(fc.constantFrom('none', 'none', 'none', 'answer lost', 'request lost'), { maxLength: 15 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), writer, writer, view, async (scheduler, a, b, last) => {
        const table = modelledTable()
        const passing = (name: string, faults: string[]): Passage => {
          const left = [...faults]
          return async (request, apply) => {
            const fault = left.shift() ?? 'none'
            await scheduler.schedule(Promise.resolve(), `${name} ${request.name}`)
            if (fault === 'request lost') throw new Error(fault)
            const answer = await apply()
            if (fault === 'answer lost') throw new Error(fault)
            return answer
          }
        }
        const write = async (name: string, { cut, views, faults }: typeof a): Promise<void> => {
          const passage = passing(name, faults)
          let ledger = ledgerOf(table, passage)
          for (let from = 0, tries = 0; from < RECORDS; tries += 1) {
            const at = views[tries % views.length] as View
            const batch = ALL.slice(from, from + cut).map((index) => record(index, at))
            try {
              await ledger.bookRow(PLACE, batch)
              from += cut
            } catch {
              ledger = ledgerOf(table, passage)
            }
          }
        }
        const settle = async (): Promise<void> => {
          for (let runs = 0; runs < 3; runs += 1) await settleAll(table, passing('settler', []))
        }
        await scheduler.waitFor(Promise.all([write('A', a), write('B', b), settle()]))
        expect(await inTheEnd(table, last)).toEqual(EACH_RECORD_ONCE)
      }),
      { numRuns: 200 },
    )
  })
})
