import type { AttributeValue } from '../otlp/span.ts'

/** An attribute as text: a string as it is, a number or boolean as written, '' for what is absent or has parts. */
export function attributeText(value: AttributeValue | undefined): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  return ''
}
