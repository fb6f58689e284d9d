import { type Picodollars, parseUsd } from '../money/picodollars.ts'
import { decodeRecord } from '../otlp/decode-record.ts'
import type { PriceBook } from '../prices/price.ts'
import type { RatingContext } from '../rating/rating-context.ts'
import type { EpochMs } from '../time/instants.ts'
import { explainSpan } from './explain-span.ts'

/** What the edge says that spans cost, beside what they cost here: the same raters and prices should agree. */
export interface EdgeDrift {
  /** Spans that declare a cost and are rated and wholly priced here. */
  readonly spans: number
  /** Picodollars. */
  readonly declared: bigint
  readonly rated: bigint
}

export interface EdgeDriftSettings {
  readonly context: RatingContext
  readonly maxDeclared: Picodollars
  readonly book: PriceBook
  readonly now: EpochMs
}

/** Compares the declared costs of a record with its own; every span is explained by itself, so this is for a sample. */
export function edgeDriftOf(value: Uint8Array, at: EpochMs, settings: EdgeDriftSettings): EdgeDrift {
  let spans = 0
  let declared = 0n
  let rated = 0n
  for (const span of decodeRecord(value, at, settings.maxDeclared).spans) {
    const explained = explainSpan(span, settings.context, settings.book, settings.now)
    if (explained.declared === null || explained.parked.length > 0) continue
    spans += 1
    declared += parseUsd(explained.declared.usd)
    rated += parseUsd(explained.declared.ratedUsd)
  }
  return { spans, declared, rated }
}
