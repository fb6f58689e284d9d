import { formatUsd } from '../money/picodollars.ts'
import type { Span } from '../otlp/span.ts'
import type { Price, PriceBook, PriceSource } from '../prices/price.ts'
import { costOf } from '../prices/price-usage.ts'
import { unitOf } from '../prices/sku.ts'
import { rateSpan } from '../rating/rate-span.ts'
import type { RatingContext } from '../rating/rating-context.ts'
import type { RatedSpan, Sku } from '../rating/usage.ts'
import type { EpochMs } from '../time/instants.ts'

/** One priced meter of a span: quantity x unit price x multiplier, rounded half up to the picodollar. */
export interface ExplainedLine {
  readonly sku: Sku
  /** In `unit`s, a decimal string, cut after 18 decimals where it does not end. */
  readonly quantity: string
  readonly unit: string
  /** The whole number that was counted, and of what: `12800 MB-millisecond`. */
  readonly counted: string
  readonly unitPriceUsd: string
  /** The band of the price list that the unit price is of; '' where it has but one. */
  readonly tier: string
  readonly multiplier: string
  /** `price-list`, `snapshot`, `free-tier`, `published`, `configured`. */
  readonly source: PriceSource['kind']
  /** Where the price can be looked up: service code, usage type and rate code, or a page and its date. */
  readonly sourceDetail: string
  /** When it was fetched, ISO 8601. */
  readonly fetchedAt: string
  readonly usd: string
}

/** Usage of a span that waits for a price. */
export interface ExplainedParked {
  readonly sku: Sku
  readonly quantity: string
  readonly unit: string
  readonly why: 'missing' | 'stale'
}

/** How the cost of one span came about. */
export interface ExplainedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly service: string
  readonly commit: string
  readonly operation: string
  readonly charged: boolean
  /** The rules that charge it, joined by `+`; or why it is not charged: `inner`, `no-meter`, `unmetered:<attribute>`. */
  readonly rule: string
  /** How many spans it stands for, and why. */
  readonly weight: number
  readonly weightSource: RatedSpan['weightSource']
  /** Attributes that would have metered more, and were absent. */
  readonly unmetered: readonly string[]
  /** Settings that stood in for attributes. */
  readonly assumed: readonly string[]
  readonly lines: readonly ExplainedLine[]
  readonly parked: readonly ExplainedParked[]
  readonly totalUsd: string
}

/** Explains one span: the same rating and pricing as the ledger's, on the span alone. `now` decides what is stale. */
export function explainSpan(span: Span, context: RatingContext, book: PriceBook, now: EpochMs): ExplainedSpan {
  const rated = rateSpan(span, context)
  const lines: ExplainedLine[] = []
  const parked: ExplainedParked[] = []
  let total = 0n
  for (const { sku, quantity } of rated.usage) {
    const counted = BigInt(quantity) * BigInt(rated.weight)
    const found = book.lookup(sku, now)
    if (found.found) {
      lines.push(lineOf(sku, counted, found.price))
      total += costOf(counted, found.price)
    } else parked.push({ sku, quantity: inUnits(sku, counted), unit: unitOf(sku).unit, why: found.why })
  }
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    service: span.resource.service,
    commit: span.resource.commit,
    operation: rated.operation,
    charged: rated.uncharged === undefined,
    rule: rated.uncharged ?? rated.rules.join('+'),
    weight: rated.weight,
    weightSource: rated.weightSource,
    unmetered: rated.unmetered,
    assumed: rated.assumed,
    lines,
    parked,
    totalUsd: formatUsd(total),
  }
}

function lineOf(sku: Sku, counted: bigint, price: Price): ExplainedLine {
  const { unit, quantum } = unitOf(sku)
  return {
    sku,
    quantity: inUnits(sku, counted),
    unit,
    counted: `${counted} ${quantum}`,
    unitPriceUsd: price.usd,
    tier: tierOf(price),
    multiplier: price.multiplier,
    source: price.source.kind,
    sourceDetail: sourceDetail(price.source),
    fetchedAt: new Date(price.fetchedAt).toISOString(),
    usd: formatUsd(costOf(counted, price)),
  }
}

function tierOf(price: Price): string {
  if (price.tiers.length < 2) return ''
  const tier = price.tiers.find((candidate) => candidate.usd === price.usd)
  return tier === undefined ? '' : `from ${tier.begin} to ${tier.end ?? 'Inf'}`
}

function sourceDetail(source: PriceSource): string {
  switch (source.kind) {
    case 'configured':
      return 'rates in the configuration'
    case 'published':
      return `${source.page}, ${source.published}`
    default:
      return [source.serviceCode, source.usageType, source.operation, source.rateCode, source.published]
        .filter((part) => part !== '')
        .join(' ')
  }
}

const DECIMALS = 18

/** The quantity in the SKU's unit as a decimal string; exact where it ends within 18 decimals, else cut there. */
export function inUnits(sku: Sku, counted: bigint): string {
  const { quantaPerUnit } = unitOf(sku)
  const whole = counted / quantaPerUnit
  const rest = ((counted % quantaPerUnit) * 10n ** BigInt(DECIMALS)) / quantaPerUnit
  const fraction = rest.toString().padStart(DECIMALS, '0').replace(/0+$/, '')
  return fraction === '' ? whole.toString() : `${whole}.${fraction}`
}
