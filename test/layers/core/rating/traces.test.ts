import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseUsd } from '../../../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../../../layers/core/otlp/decode-record.ts'
import type { Span } from '../../../../layers/core/otlp/span.ts'
import { rateSpan } from '../../../../layers/core/rating/rate-span.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { contextOf } from './context.ts'

const FOLDER = new URL('../../../../../shared/data/otlp/', import.meta.url)
const CONTEXT = contextOf()
const MAX_DECLARED = parseUsd('100')

/** Spans of a file, each line a record, as if they had arrived when the latest of them ended. */
function spansOf(file: string): readonly Span[] {
  const text = readFileSync(new URL(file, FOLDER), 'utf8')
  const lines = file.endsWith('.jsonl') ? text.split('\n').filter((line) => line !== '') : [text]
  const ends = [...text.matchAll(/"endTimeUnixNano":\s*"?(\d+)/g)].map(([, ns]) => Number((ns ?? '').slice(0, 13)))
  const arrival = Math.max(0, ...ends) as EpochMs
  return lines.flatMap((line) => decodeRecord(new TextEncoder().encode(line), arrival, MAX_DECLARED).spans)
}

/** Usage of spans, by SKU. */
function totalsOf(spans: readonly Span[]): Map<string, number> {
  const totals = new Map<string, number>()
  for (const span of spans) {
    for (const { sku, quantity } of rateSpan(span, CONTEXT).usage) totals.set(sku, (totals.get(sku) ?? 0) + quantity)
  }
  return totals
}

describe.skipIf(!existsSync(FOLDER))('traces that real SDKs made (skipped where the shared data are not)', () => {
  it('an agent on Bedrock: three calls, each with its tokens on an agent, a framework and an SDK span, are three charges', () => {
    const spans = spansOf('adot-strands-bedrock.json')
    expect(spans).toHaveLength(50)
    const model = 'model/aws.bedrock/anthropic.claude-3-7-sonnet-20250219-v1:0'
    const totals = totalsOf(spans)
    expect(totals.get(`${model}/input-token@us-east-1`)).toBe(21_245 + 21_209 + 21_114)
    expect(totals.get(`${model}/output-token@us-east-1`)).toBe(56 + 32 + 91)
    const rated = spans.map((span) => rateSpan(span, CONTEXT))
    expect(rated.filter(({ rules }) => rules.includes('model-call'))).toHaveLength(3)
    expect(rated.filter(({ entry }) => entry).map(({ operation }) => operation)).toEqual(
      Array(3).fill('POST /invocations'),
    )
    expect(rated.filter(({ uncharged }) => uncharged === 'no-meter')).toHaveLength(35)
    expect([...totals.keys()].filter((sku) => !sku.startsWith('model/'))).toHaveLength(1)
  })

  it('the demo shop: product ids are in no operation, and gRPC servers beneath a local parent are no entries', () => {
    const rated = spansOf('otel-demo-capture.jsonl').map((span) => ({ span, ...rateSpan(span, CONTEXT) }))
    expect(rated).toHaveLength(313)
    for (const { operation } of rated) expect(operation).not.toMatch(/[A-Z0-9]{10}/)
    for (const { span, entry } of rated) {
      if ((span.flags & 0x300) === 0x100 && span.parentSpanId !== '') expect(entry).toBe(false)
      if ((span.flags & 0x300) === 0x300) expect(entry).toBe(true)
    }
  })

  const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => /\.jsonl?$/.test(file)) : []
  it.each(files)('%s: every span is charged or has a reason, and no split or order changes the sums', (file) => {
    const spans = spansOf(file)
    for (const span of spans) {
      const { usage, uncharged } = rateSpan(span, CONTEXT)
      expect(usage.length > 0).toBe(uncharged === undefined)
    }
    const whole = totalsOf(spans)
    const parts = [spans.filter((_, i) => i % 3 === 0), spans.filter((_, i) => i % 3 !== 0).toReversed()].map(totalsOf)
    const merged = new Map<string, number>()
    for (const part of parts) for (const [sku, sum] of part) merged.set(sku, (merged.get(sku) ?? 0) + sum)
    expect([...merged].toSorted()).toEqual([...whole].toSorted())
  })
})
