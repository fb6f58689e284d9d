import type { Attributes, AttributeValue } from '../otlp/span.ts'

/** The first of these attributes that is a string with something in it. Names go newest first. */
export function textOf(attributes: Attributes, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = attributes[key]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** The first of these attributes that is a count: a non-negative safe integer. Anything else is as good as absent. */
export function countOf(attributes: Attributes, ...keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const count = asCount(attributes[key])
    if (count !== undefined) return count
  }
  return undefined
}

/** A value as a non-negative safe integer, or undefined. */
function asCount(value: AttributeValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? Math.abs(value) : undefined
}

/** A count as people state it: OTEL_RESOURCE_ATTRIBUTES makes a string of every number. Units and signs are no count. */
export function statedCount(value: AttributeValue | undefined): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : asCount(value)
}
