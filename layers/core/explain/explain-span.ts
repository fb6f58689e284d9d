import { formatUsd } from '../money/picodollars.ts'
import type { Span } from '../otlp/span.ts'
import type { PriceBook } from '../prices/price.ts'
import { declaredCost } from '../rating/declared.ts'
import { rateSpan } from '../rating/rate-span.ts'
import type { RatingContext } from '../rating/rating-context.ts'
import type { RatedSpan } from '../rating/usage.ts'
import type { EpochMs } from '../time/instants.ts'
import { explainUsage } from './explain-usage.ts'
import type { Explained } from './explained.ts'

/** Explains one span: the same rating and pricing as the ledger's, on the span alone. `now` decides what is stale. */
export function explainSpan(
  span: Span,
  context: RatingContext,
  book: Pick<PriceBook, 'lookup'>,
  now: EpochMs,
): Explained {
  const rated = rateSpan(span, context)
  const { lines, parked, total } = explainUsage(rated.usage, rated.weight, book, now)
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    service: span.resource.service,
    commit: span.resource.commit,
    operation: rated.operation,
    charged: rated.uncharged === undefined,
    rule: rated.uncharged ?? rated.rules.join('+'),
    detail: '',
    weight: rated.weight,
    weightSource: rated.weightSource,
    unmetered: rated.unmetered,
    assumed: rated.assumed,
    declared: declaredBeside(span, rated, context, () => explainUsage(rated.usage, 1, book, now).total),
    lines,
    parked,
    totalUsd: formatUsd(total),
  }
}

/** The declared cost of a span that is rated here all the same: the two figures that the metric `edge_drift` compares. */
function declaredBeside(
  span: Span,
  rated: RatedSpan,
  context: RatingContext,
  ownCost: () => bigint,
): Explained['declared'] {
  if (rated.uncharged !== undefined || rated.rules.includes('declared')) return null
  const declared = declaredCost(span.attributes, rated.rules.includes('model-call'), context.maxDeclared)
  if (declared.kind !== 'cost') return null
  return { usd: formatUsd(BigInt(declared.picodollars)), ratedUsd: formatUsd(ownCost()) }
}
