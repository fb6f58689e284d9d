import { foldRecord } from '../../layers/core/ledger/fold-record.ts'
import type { FoldedRow, MinuteUsage } from '../../layers/core/ledger/folded-record.ts'
import type { Picodollars } from '../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../layers/core/otlp/decode-record.ts'
import type { Price } from '../../layers/core/prices/price.ts'
import { unitOf } from '../../layers/core/prices/sku.ts'
import type { RatingContext } from '../../layers/core/rating/rating-context.ts'
import type { Sku } from '../../layers/core/rating/usage.ts'
import { formatHour } from '../../layers/core/time/instants.ts'
import { addDigits, type Digits } from './digits.ts'
import type { TopicRecord } from './topic-records.ts'

/** What a row, and each row of what waits, can name beside `*`: docs/architecture.md, 64 operations a row. */
const NAMED_OPERATIONS = 63

export interface SumSettings {
  readonly context: RatingContext
  readonly maxDeclared: Picodollars
  readonly priceOf: (sku: Sku) => Price | undefined
  /** The name of a partition's shard. */
  readonly shardOf: (partition: number) => string
}

/**
 * What the ledger has to say of a topic, added up record after record, each once. Knows nothing of batches, fences, counters,
 * parking and settling: what has a price at the end is money, the rest is parked.
 */
export function addStraightSum(digits: Digits, records: readonly TopicRecord[], settings: SumSettings): void {
  const named = new Map<string, Set<string>>()
  for (const record of records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)) {
    if (record.value === undefined) continue
    const shard = settings.shardOf(record.partition)
    const decoded = decodeRecord(record.value, record.timestampMs, settings.maxDeclared)
    for (const { reason, spans } of decoded.dead) {
      addDigits(digits, BigInt(spans), 'dead letter spans', reason, shard, record.offset)
    }
    const { rows, frontDoors } = foldRecord(decoded, settings.context)
    for (const row of rows) addRow(digits, row, shard, named, settings.priceOf)
    for (const { environment, hour, minutes } of frontDoors) {
      for (const [minute, requests] of minutes) {
        addDigits(digits, BigInt(requests), 'front door requests', environment, formatHour(hour), minute)
      }
    }
  }
}

function addRow(
  digits: Digits,
  row: FoldedRow,
  shard: string,
  named: Map<string, Set<string>>,
  priceOf: SumSettings['priceOf'],
): void {
  const place = [row.service, formatHour(row.hour), row.commit, shard] as const
  const names = named.get(place.join()) ?? new Set()
  named.set(place.join(), names)
  for (const [reason, spans] of row.uncharged) addDigits(digits, BigInt(spans), 'spans', ...place, reason)
  for (const { operation, minutes } of row.operations) {
    if (names.size < NAMED_OPERATIONS) names.add(operation)
    const name = names.has(operation) ? operation : '*'
    for (const usage of minutes) {
      const waiting = named.get([...place, usage.minute].join()) ?? new Set()
      named.set([...place, usage.minute].join(), waiting)
      if (waits(usage, priceOf) && waiting.size < NAMED_OPERATIONS) waiting.add(operation)
      const parkedName = waiting.has(operation) ? operation : '*'
      addMinute(digits, place, { booked: name, parked: parkedName }, usage, priceOf)
    }
  }
}

const waits = ({ groups }: MinuteUsage, priceOf: SumSettings['priceOf']): boolean =>
  groups.some(({ skus }) => skus.some((sku) => priceOf(sku) === undefined))

/** The operation's name in the row, and in the row of what waits in the minute: each has room for so many of its own. */
function addMinute(
  digits: Digits,
  place: readonly string[],
  { booked: operation, parked }: { readonly booked: string; readonly parked: string },
  { minute, groups, spans, entryRequests }: MinuteUsage,
  priceOf: SumSettings['priceOf'],
): void {
  const quantities = new Map<Sku, bigint>()
  for (const group of groups) {
    const isParked = group.skus.some((sku) => priceOf(sku) === undefined)
    addDigits(digits, BigInt(group.received), 'spans', ...place, isParked ? 'parked' : 'booked')
    for (const [i, sku] of group.skus.entries()) {
      const quantity = BigInt(group.quantities[i] ?? 0)
      if (priceOf(sku) === undefined) {
        addDigits(digits, quantity, 'parked usage', ...place, minute, parked, sku)
        addDigits(digits, BigInt(group.weighted), 'parked spans', ...place, minute, parked, sku)
      } else quantities.set(sku, (quantities.get(sku) ?? 0n) + quantity)
    }
  }
  for (const [sku, quantity] of quantities) {
    const cost = exactCost(quantity, sku, priceOf(sku)?.usd ?? '')
    addDigits(digits, quantity, 'usage', ...place, sku)
    addDigits(digits, cost, 'picodollars of a minute', ...place, minute)
    addDigits(digits, cost, 'picodollars of an operation', ...place, operation)
  }
  addDigits(digits, BigInt(entryRequests), 'entry requests', ...place, minute)
  addDigits(digits, BigInt(spans), 'spans of an operation', ...place, operation)
}

/** Half up to the picodollar, from the price's own text. */
function exactCost(quantity: bigint, sku: Sku, usd: string): bigint {
  const [whole = '', fraction = ''] = usd.split('.')
  const numerator = quantity * BigInt(whole + fraction) * 10n ** 12n
  const denominator = 10n ** BigInt(fraction.length) * unitOf(sku).quantaPerUnit
  return (2n * numerator + denominator) / (2n * denominator)
}
