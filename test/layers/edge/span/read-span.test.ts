import { createServer, type Server } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseUsd } from '../../../../layers/core/money/picodollars.ts'
import { ATTRIBUTE_KEYS } from '../../../../layers/core/otlp/attributes.ts'
import { decodeRecord } from '../../../../layers/core/otlp/decode-record.ts'
import type { Span } from '../../../../layers/core/otlp/span.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import type { EndingSpan } from '../../../../layers/edge/span/ending-span.ts'
import { readResource, readSpan } from '../../../../layers/edge/span/read-span.ts'
import { type Planned, traceSpans, traceStateOf } from '../traced.ts'

const NOW = 1_795_421_220_000 as EpochMs

/** Every span as the edge reads it when it ends. */
function readWhileEnding(): SpanProcessor & { readonly read: (Span | undefined)[] } {
  const read: (Span | undefined)[] = []
  return {
    read,
    onStart: () => {},
    onEnding: (span) => {
      const ending = span as unknown as EndingSpan
      read.push(readSpan(ending, readResource(ending.resource.attributes)))
    },
    onEnd: () => {},
    forceFlush: async () => {},
    shutdown: async () => {},
  }
}

let server: Server
let exporter: OTLPTraceExporter
const bodies: Uint8Array[] = []

beforeAll(async () => {
  server = createServer(async (request, response) => {
    bodies.push(await buffer(request))
    response.writeHead(200).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  exporter = new OTLPTraceExporter({ url: `http://127.0.0.1:${address.port}/v1/traces` })
})

afterAll(async () => {
  await exporter.shutdown()
  server.closeAllConnections()
  server.close()
})

/** The same spans as the ledger reads them, after the real exporter and over HTTP. */
async function sentAndDecoded(spans: readonly ReadableSpan[]): Promise<readonly Span[]> {
  bodies.length = 0
  await new Promise<void>((sent, failed) =>
    exporter.export([...spans], ({ code, error }) => (code === 0 ? sent() : failed(error))),
  )
  return bodies.flatMap((body) => decodeRecord(body, NOW, parseUsd('100')).spans)
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ minLength: 4090, maxLength: 4100 }),
  fc.constantFrom('aws-api', 'DynamoDB', 'half \ud83d', 'GET', '0.0012'),
)
const value = fc.oneof(
  text,
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(2 ** 53, 2 ** 62, -(2 ** 63), 1e300, -0, 0.1),
  fc.boolean(),
  fc.array(text, { maxLength: 130 }),
  fc.array(fc.double(), { maxLength: 5 }),
)
const attributes = fc.dictionary(fc.oneof(fc.constantFrom(...ATTRIBUTE_KEYS), fc.string({ minLength: 1 })), value, {
  maxKeys: 20,
})
const planned: fc.Arbitrary<Planned> = fc.record(
  {
    name: text,
    kind: fc.integer({ min: 0, max: 4 }),
    parent: fc.record(
      {
        isRemote: fc.boolean(),
        traceState: fc.oneof(fc.constant('ot=th:8'), fc.string({ maxLength: 600 })).map(traceStateOf),
      },
      { requiredKeys: ['isRemote'] },
    ),
    startMs: fc.double({ min: NOW - 86_400_000, max: NOW, noNaN: true }),
    durationMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
    attributes,
    isError: fc.boolean(),
  },
  { requiredKeys: ['startMs', 'durationMs'] },
)

describe('a span that ends', () => {
  it('reads as it will after encoding, sending and decoding', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(planned, { minLength: 1, maxLength: 25 }), attributes, async (plans, resource) => {
        const ending = readWhileEnding()
        const ended = traceSpans(plans, [ending], resourceFromAttributes(resource))
        expect(ending.read).toEqual(await sentAndDecoded(ended))
      }),
      { numRuns: 15 },
    )
  })

  it('is nothing that the ledger would refuse: a start that is no time of our days', () => {
    const ending = readWhileEnding()
    traceSpans([{ startMs: 1e11, durationMs: 1 }], [ending])
    expect(ending.read).toEqual([undefined])
  })
})
