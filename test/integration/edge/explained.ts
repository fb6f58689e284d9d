import { expect } from 'vitest'
import { runTollgate } from '../../cli/run-tollgate.ts'
import type { ExportedSpan } from './span-tap.ts'
import type { Stage } from './stage.ts'

/** A span beside what `tollgate explain` says of it. */
export interface Compared {
  readonly name: string
  readonly costs: Readonly<Record<string, unknown>>
  readonly explained: { readonly charged: boolean; readonly totalUsd: string; readonly rule: string }
}

/** The attributes that the edge puts on a span. */
export const costsOf = ({ attributes }: ExportedSpan): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(attributes).filter(([key]) => key.startsWith('cost.')))

/** The spans of a trace once `count` of them have arrived, each beside what `tollgate explain --url` says of it. */
export async function compareTrace({ spans, system }: Stage, traceId: string, count: number): Promise<Compared[]> {
  const arrived = () => spans().filter((span) => span.traceId === traceId)
  await expect.poll(() => arrived().length, { timeout: 20_000, message: `spans of ${traceId}` }).toBe(count)
  const said = await runTollgate(['explain', '--json', '--url', system.apiUrl, '--trace', traceId])
  expect(said).toMatchObject({ code: 0, error: '' })
  const explained = JSON.parse(said.out) as (Compared['explained'] & { readonly spanId: string })[]
  return arrived().map((span) => {
    const its = explained.find(({ spanId }) => spanId === span.spanId)
    if (its === undefined) throw new Error(`explain does not know span ${span.spanId}, ${span.name}`)
    return { name: span.name, costs: costsOf(span), explained: its }
  })
}

/** Every charged span says what `explain` says, and no other says a word of cost. */
export function expectAgreement(compared: readonly Compared[]): void {
  for (const { costs, explained } of compared) {
    if (!explained.charged) expect(costs).toEqual({})
    else
      expect(costs).toEqual({
        'cost.amount': Number(explained.totalUsd),
        'cost.amount_exact': explained.totalUsd,
        'cost.currency': 'USD',
        'cost.pricing_region': 'us-east-1',
        'cost.duration_ms': expect.any(Number),
      })
  }
}
