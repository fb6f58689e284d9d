import { describe, expect, it } from 'vitest'
import { supplyOf } from '../../../../layers/core/explain/missing-attribute.ts'
import { sources } from '../../../house/sources.ts'

/** Attributes that the raters name as missing, as they stand in their sources. */
function namedByRaters(): readonly string[] {
  const texts = sources(['layers/core/rating'], '.ts').map(({ text }) => text)
  const literal = /(?:missing: |unmetered\.push\(|unmetered: \[)'([a-z_.]+)'/g
  const constants = /const [A-Z]+ = '([a-z]+\.[a-z_.]+)'/g
  return texts.flatMap((text) => [...text.matchAll(literal), ...text.matchAll(constants)].map(([, name]) => name ?? ''))
}

describe('the table of missing attributes', () => {
  it('has the one line for every attribute that a rater can miss', () => {
    const named = [...new Set([...namedByRaters(), 'gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens'])]
    expect(named.length).toBeGreaterThan(8)
    expect(named.filter((attribute) => supplyOf(attribute).meter === 'other meters')).toEqual([])
  })

  it('has a line for any other attribute, too', () => {
    expect(supplyOf('foo.bar').line).toBe("span.setAttribute('foo.bar', ...)")
  })
})
