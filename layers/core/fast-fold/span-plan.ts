import { type Line, type Lines, lineOf } from '../ledger/lines.ts'
import { type RatedAlike, ratedAlike } from '../ledger/rated-alike.ts'
import type { Attributes, Span } from '../otlp/span.ts'
import { isRatedHere, rateSpan } from '../rating/rate-span.ts'
import { OUTPUT_TOKENS } from '../rating/raters/model-call.ts'
import type { RatingContext } from '../rating/rating-context.ts'
import type { Usage } from '../rating/usage.ts'

const NS_PER_MS = 1_000_000

/** How the quantity of a usage follows from spans that are rated alike. */
export type Term =
  /** The same for each span. */
  | { readonly per: 'span'; readonly quantity: number }
  /** Lambda: so much for each begun millisecond, at least one a span. */
  | { readonly per: 'begun-ms'; readonly quantity: number }
  /** Own rates: the duration itself. */
  | { readonly per: 'ns' }
  /** Model calls: each token in, or out. */
  | { readonly per: 'input-token' }
  | { readonly per: 'output-token' }

/** What spans of any line may have in common: one object for many plans, that is in the processor's cache when the next one needs it. */
interface Alike {
  readonly rated: RatedAlike
  readonly terms: readonly Term[]
}

/** What all spans with one signature come to: the rating of the first of them, without its duration. */
export interface SpanPlan {
  readonly line: Line
  readonly like: Alike
}

/** What plans share, by the text of what it says. */
export type SharedParts = Map<string, Alike>

/** Spans of a signature that have to be rated one by one. */
export const NO_PLAN = null

/**
 * The plan of the signature that this span has. `declares`: the signature does not hold the cost that the span declares.
 * Null where its spans differ in more than their durations can tell: Fargate's shares are rounded span by span.
 */
export function planOf(
  span: Span,
  declares: boolean,
  context: RatingContext,
  lines: Lines,
  shared: SharedParts,
): SpanPlan | null {
  const rated = rateSpan(span, context)
  if (declares && !isRatedHere(rated.usage, rated.operation, context.rulesOf(span.resource.service))) return NO_PLAN
  if (rated.usage.some(({ sku }) => sku.startsWith('aws/fargate/'))) return NO_PLAN
  const lastingOneMs = rateSpan({ ...span, durationNs: NS_PER_MS }, context).usage
  const longer = rateSpan({ ...span, durationNs: NS_PER_MS, attributes: longerAnswer(span.attributes) }, context).usage
  const terms = lastingOneMs.map((usage, place) => termOf(usage, longer[place]?.quantity ?? usage.quantity))
  return {
    line: lineOf(lines, span.resource, rated.operation),
    like: sharedPart(shared, { rated: ratedAlike(rated), terms }),
  }
}

/** What the span would say of an answer of another token: which of its usages counts those shows in which is another. */
function longerAnswer(attributes: Attributes): Attributes {
  const key = OUTPUT_TOKENS.find((each) => typeof attributes[each] === 'number')
  return key === undefined ? attributes : { ...attributes, [key]: Number(attributes[key]) + 1 }
}

function sharedPart(shared: SharedParts, alike: Alike): Alike {
  const text = JSON.stringify(alike)
  const known = shared.get(text)
  if (known !== undefined) return known
  shared.set(text, alike)
  return alike
}

function termOf({ sku, quantity }: Usage, ofLongerAnswer: number): Term {
  if (sku.startsWith('rate/')) return { per: 'ns' }
  if (sku.startsWith('model/')) return { per: quantity === ofLongerAnswer ? 'input-token' : 'output-token' }
  const isLambdaDuration = sku.startsWith('aws/lambda/') && sku.includes('gb-second')
  return { per: isLambdaDuration ? 'begun-ms' : 'span', quantity }
}
