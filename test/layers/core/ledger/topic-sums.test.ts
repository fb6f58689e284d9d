import { describe, expect, it } from 'vitest'
import { configurationSchema } from '../../../../layers/core/configuration.ts'
import type { Origin } from '../../../../layers/core/ledger/origin.ts'
import { countTopic } from '../../../../layers/core/ledger/topic-sums.ts'
import { parseUsd } from '../../../../layers/core/money/picodollars.ts'
import { compileRating } from '../../../../layers/core/rating/rating-context.ts'
import { type EpochMs, hourOf } from '../../../../layers/core/time/instants.ts'

const AT = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
const { rating, rates } = configurationSchema.parse({})

const plain = (service: string, cost: number, at = AT): Uint8Array =>
  Buffer.from(
    JSON.stringify({ trace_id: 'a'.repeat(32), service, operation: 'work', cost_amount: cost, timestamp: Number(at) }),
  )

const origin = (part: number, attempt = 1): Origin => ({
  ...{ shard: 'k3f9.3', offset: 7, timestampMs: AT, reason: 'invalid_cost', part, attempt },
})

function sum(records: readonly (readonly [Uint8Array | undefined, Origin?])[]) {
  const count = countTopic(compileRating(rating, rates), parseUsd('100'))
  for (const [value, from] of records) count.add({ value, timestampMs: AT, origin: from })
  return count.sums(true)
}

describe('the sums of a topic', () => {
  it('count spans by service and hour, and what died', () => {
    const yesterday = (AT - 86_400_000) as EpochMs
    const sums = sum([[plain('a', 1)], [plain('a', 2)], [plain('a', 1, yesterday)], [plain('b', -5)], [undefined]])
    expect(sums).toMatchObject({ records: 5, spans: 5, dead: 2, diedAgain: 0, copies: 0 })
    expect(sums.counted).toEqual([
      { service: 'a', hour: hourOf(AT), spans: 2 },
      { service: 'a', hour: hourOf(yesterday), spans: 1 },
    ])
  })

  it('count the first of each redriven body, the others as copies, and none of those that died again', () => {
    const sums = sum([
      [plain('a', 1), origin(0)],
      [plain('a', 1), origin(0)],
      [plain('a', 1), origin(0, 2)],
      [plain('a', 1), origin(1)],
      [plain('a', -5), origin(2)],
    ])
    expect(sums).toMatchObject({ records: 5, spans: 5, dead: 0, diedAgain: 1, copies: 2 })
    expect(sums.counted).toEqual([{ service: 'a', hour: hourOf(AT), spans: 2 }])
  })
})
