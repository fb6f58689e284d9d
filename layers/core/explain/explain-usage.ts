import { formatDecimal } from '../money/decimals.ts'
import { formatUsd, PICODOLLARS_PER_USD, parseDecimal } from '../money/picodollars.ts'
import { NOT_FETCHED, type Price, type PriceBook } from '../prices/price.ts'
import { originOf, sourceDetail } from '../prices/price-source.ts'
import { costOf, unroundedCostOf } from '../prices/price-usage.ts'
import { DECLARED_SKU, unitOf } from '../prices/sku.ts'
import type { Sku, Usage } from '../rating/usage.ts'
import type { EpochMs } from '../time/instants.ts'
import type { ExplainedLine, ExplainedParked } from './explained.ts'
import { roundingOf } from './rounding.ts'

/** Usage priced line by line, and what waits for a price. */
export interface ExplainedUsage {
  readonly lines: readonly ExplainedLine[]
  readonly parked: readonly ExplainedParked[]
  /** Picodollars: the sum of the lines. */
  readonly total: bigint
}

/** Prices usage, `weight` times, with the ledger's own arithmetic. `now` decides what is stale. */
export function explainUsage(
  usage: readonly Usage[],
  weight: number,
  book: Pick<PriceBook, 'lookup'>,
  now: EpochMs,
): ExplainedUsage {
  const lines: ExplainedLine[] = []
  const parked: ExplainedParked[] = []
  let total = 0n
  for (const { sku, quantity } of usage) {
    const counted = BigInt(quantity) * BigInt(weight)
    const found = book.lookup(sku, now)
    if (found.found) {
      lines.push(lineOf(sku, counted, found.price))
      total += costOf(counted, found.price)
    } else parked.push({ sku, quantity: inUnits(sku, counted), unit: unitOf(sku).unit, why: found.why })
  }
  return { lines, parked, total }
}

const EXACT_DECIMALS = 30

function lineOf(sku: Sku, counted: bigint, price: Price): ExplainedLine {
  const { unit, quantum } = unitOf(sku)
  const { numerator, denominator } = unroundedCostOf(counted, price)
  return {
    sku,
    quantity: inUnits(sku, counted),
    unit,
    counted: `${counted} ${quantum}`,
    rounding: roundingOf(sku),
    unitPriceUsd: formatDecimal(parseDecimal(price.usd)),
    tier: tierOf(price),
    multiplier: formatDecimal(parseDecimal(price.multiplier)),
    source: originOf(price.source),
    sourceDetail: sku === DECLARED_SKU ? 'declared by the sender' : sourceDetail(price.source),
    fetchedAt: price.fetchedAt === NOT_FETCHED ? null : new Date(price.fetchedAt).toISOString(),
    exactUsd: quotient(numerator, denominator * PICODOLLARS_PER_USD, EXACT_DECIMALS),
    usd: formatUsd(costOf(counted, price)),
  }
}

function tierOf(price: Price): ExplainedLine['tier'] {
  if (price.tiers.length < 2) return null
  const tier = price.tiers.find((candidate) => candidate.usd === price.usd)
  return tier === undefined ? null : { from: tier.begin, to: tier.end ?? 'Inf' }
}

const UNIT_DECIMALS = 18

/** The quantity in the SKU's unit as a decimal string; exact where it ends within 18 decimals, else cut there. */
const inUnits = (sku: Sku, counted: bigint): string => quotient(counted, unitOf(sku).quantaPerUnit, UNIT_DECIMALS)

/** A fraction that is not negative as a decimal string, cut after so many decimals. */
function quotient(numerator: bigint, denominator: bigint, decimals: number): string {
  return formatDecimal({ digits: (numerator * 10n ** BigInt(decimals)) / denominator, scale: decimals })
}
