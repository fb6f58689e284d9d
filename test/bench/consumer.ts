import { attributeSpans, type Observation } from '../../functions/attribute-spans/attribute-spans.ts'
import { tellV8 } from '../../layers/adapters/v8-options.ts'
import { configurationSchema } from '../../layers/core/configuration.ts'
import { byteFolder, type FoldBytes } from '../../layers/core/fast-fold/fold-bytes.ts'
import { parseUsd } from '../../layers/core/money/picodollars.ts'
import { ownRates } from '../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../layers/core/prices/price-book.ts'
import { snapshotPrices } from '../../layers/core/prices/snapshot/snapshot-prices.ts'
import { compileRating } from '../../layers/core/rating/rating-context.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { inMemoryRows } from './in-memory-rows.ts'
import type { BenchEvent, EventShape } from './msk-event.ts'

// as the handler does
tellV8()

export const NOW = Date.UTC(2026, 10, 24, 8, 30) as EpochMs

/** The event that the benchmark's one-line results are of. Records as deploy/collector.yaml makes them: 400 kB. */
export const BASE: EventShape = {
  spans: 'http',
  services: 50,
  operations: 20,
  spansPerRecord: 1000,
  maxBytes: 6_000_000,
  now: NOW,
  seed: 1,
}

const configuration = configurationSchema.parse({ rates: [{ service: '*', usdPerMs: '0.0000001' }] })
export const MAX_DECLARED = parseUsd(configuration.rating.maxDeclaredUsd)
const rating = compileRating(configuration.rating, configuration.rates)
const times = { fetchedAt: NOW, validUntil: (NOW + 900_000) as EpochMs }
export const priceBookOfBench = createPriceBook(
  [...snapshotPrices(['us-east-1'], times), ...ownRates(configuration.rates)],
  'bench',
)

/** decode, rate and fold as attribute-spans does it, by itself. */
export const byteFolderOfBench = (): FoldBytes => byteFolder(rating, MAX_DECLARED)

/** What attribute-spans asks of the world, but for the tables. Nothing may fail. */
export const BENCH_PORTS = {
  now: (): EpochMs => NOW,
  rating,
  maxDeclared: MAX_DECLARED,
  topicEpoch: '1',
  readBook: async () => priceBookOfBench,
  keepDeadLetter: async () => {},
  observe: (observation: Observation): void => {
    if (observation.kind === 'failed' || observation.kind === 'handed-back')
      throw new Error(JSON.stringify(observation))
  },
} as const

/**
 * attribute-spans on a ledger in memory. `forget` empties the ledger; what the consumer learnt of spans stays. Its clock stands at
 * NOW, when its prices hold; which spans it takes depends on their records' timestamps alone.
 */
export function attributeSpansInMemory() {
  let rows = inMemoryRows()
  let look = (): void => {}
  const run = attributeSpans({
    ...BENCH_PORTS,
    bookRow: (place, records) => {
      look()
      return rows.bookRow(place, records)
    },
    registerService: async () => {},
    markOpen: async () => [],
    reportProgress: async () => [],
    closeWindows: async () => [],
  })
  return {
    forget: () => {
      rows = inMemoryRows()
    },
    /** `onRow` is called as each row is booked. */
    run: (event: Pick<BenchEvent, 'json'>, onRow = (): void => {}) => {
      look = onRow
      return run(JSON.parse(event.json), () => false)
    },
  }
}
