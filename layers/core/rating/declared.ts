import { NotADecimal, type Picodollars, parseDecimal, toPicodollars } from '../money/picodollars.ts'
import type { Attributes, AttributeValue } from '../otlp/span.ts'

/** A cost that a span's sender declares: none, one to believe, or one that is not, by the attribute at fault. */
export type Declared =
  | { readonly kind: 'none' }
  | { readonly kind: 'cost'; readonly picodollars: number }
  | { readonly kind: 'refused'; readonly attribute: string }

const NONE: Declared = { kind: 'none' }

/**
 * The declared cost of a span: `cost.amount` in `cost.currency`; on model calls also the proposed `gen_ai.usage.cost.amount`.
 * USD, a number or a decimal string, finite, not negative, at most `max` picodollars; rounded half up to the picodollar.
 */
export function declaredCost(attributes: Attributes, isModelCall: boolean, max: Picodollars): Declared {
  const own = read(attributes, 'cost', max)
  return own.kind === 'none' && isModelCall ? read(attributes, 'gen_ai.usage.cost', max) : own
}

function read(attributes: Attributes, prefix: string, max: Picodollars): Declared {
  const said = attributes[`${prefix}.amount`]
  if (said === undefined || said === null) return NONE
  const currency = attributes[`${prefix}.currency`]
  if (currency !== undefined && currency !== null && currency !== 'USD') {
    return { kind: 'refused', attribute: `${prefix}.currency` }
  }
  const picodollars = parse(said, max)
  return picodollars === undefined ? { kind: 'refused', attribute: `${prefix}.amount` } : { kind: 'cost', picodollars }
}

function parse(said: AttributeValue, max: Picodollars): number | undefined {
  if (typeof said !== 'number' && typeof said !== 'string') return undefined
  try {
    const usd = parseDecimal(String(said))
    if (usd.digits < 0n) return undefined
    const cost = toPicodollars(usd)
    return cost <= max && cost <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(cost) : undefined
  } catch (error) {
    if (error instanceof NotADecimal) return undefined
    throw error
  }
}
