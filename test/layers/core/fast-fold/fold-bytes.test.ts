import { existsSync, readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { arbitraryRequest } from '../otlp/arbitrary-request.ts'
import {
  fieldWriters,
  goodSpan,
  NOW_MS,
  requestOfSpans,
  tagged,
  toJson,
  toProtobuf,
  type WrittenAttribute,
  type WrittenField,
} from '../otlp/written-request.ts'
import { CONTEXTS, compareRandomly, comparison } from './compared-folds.ts'

const NOW = NOW_MS as EpochMs
const SEED = Number(process.env.FOLD_SEED ?? 1)
const DATA = new URL('../../../../../shared/data/otlp/', import.meta.url)

describe('folding from the bytes says what decoding, rating and folding say', () => {
  it(`of random services and strangers (seed ${SEED}; test/bench/differential.ts compares a million spans)`, () => {
    expect(compareRandomly(SEED, 15_000)).toBeGreaterThanOrEqual(15_000)
  })

  it('of a span whose count of dropped attributes is a varint of seven bytes that end like flags, and of one that it looks like', () => {
    const { fixed32, int32, string } = fieldWriters()
    const compare = comparison()
    const tooLong = tagged(10, 0, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x85, 0x01]))
    const kindTwice = Buffer.concat([int32(6, 3).bytes, int32(6, 3).bytes])
    const flags = fixed32(16, kindTwice.readUInt32LE())
    compare(requestEndingWith([string(5, 'a'), tooLong, { field: 6, bytes: kindTwice }]), NOW, 0, 'kind')
    compare(requestEndingWith([string(5, 'a'), flags]), NOW, 0, 'flags')
  })

  it.each(['db.query.summary', 'rpc.method', 'http.route', 'http.method', 'messaging.system', 'gen_ai.operation.name'])(
    'of spans whose %s is a blank, so that their operation is made of something else',
    (key) => {
      const compare = comparison()
      for (const blank of [' ', '\t', `${' '.repeat(600)}x`]) {
        for (const [name, path] of [
          ['work', '/a'],
          ['rest', '/b'],
        ] as const) {
          const attributes: WrittenAttribute[] = [
            [key, { string: blank }],
            ['db.operation.name', { string: 'SELECT' }],
          ]
          const target: WrittenAttribute[] = [
            ['http.request.method', { string: 'GET' }],
            ['url.path', { string: path }],
          ]
          compare(toProtobuf(requestOfSpans({ ...goodSpan, name, attributes })), NOW, 0, name)
          compare(
            toProtobuf(requestOfSpans({ ...goodSpan, name, attributes: [...attributes, ...target] })),
            NOW,
            0,
            name,
          )
        }
      }
    },
  )

  it('of any request, in both encodings, cut anywhere', () => {
    const compare = comparison()
    fc.assert(
      fc.property(arbitraryRequest, fc.nat(), fc.nat(CONTEXTS.length - 1), (request, cut, context) => {
        const protobuf = toProtobuf(request)
        compare(protobuf, NOW, context, 'protobuf')
        compare(toJson(request), NOW, context, 'JSON')
        compare(protobuf.subarray(0, cut % (protobuf.length + 1)), NOW, context, 'cut')
      }),
      { numRuns: 300 },
    )
  })

  it.skipIf(!existsSync(DATA))(
    'of requests of real SDKs and collectors (skipped where the data folder is absent)',
    () => {
      const files = readdirSync(DATA, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      const compare = comparison()
      for (const file of files) {
        const bytes = readFileSync(`${file.parentPath}/${file.name}`)
        const values = file.name.endsWith('.jsonl')
          ? bytes
              .toString()
              .split('\n')
              .map((line) => Buffer.from(line))
          : [bytes]
        for (const value of values) {
          const at = newestEndMs(value)
          // twice: the second time from what was learnt
          for (const context of CONTEXTS.keys()) for (let i = 0; i < 2; i += 1) compare(value, at, context, file.name)
        }
      }
      expect(files.length).toBeGreaterThan(30)
    },
  )
})

/** A request of one span that has a parent, is a server's, and ends with these fields. */
const requestEndingWith = (fields: readonly WrittenField[]): Uint8Array =>
  toProtobuf(requestOfSpans({ ...goodSpan, parentSpanId: '00f067aa0ba902b7' }), (written) =>
    written.some(({ field }) => field === 16)
      ? [...written.filter(({ field }) => field < 9 && field !== 5), ...fields]
      : written,
  )

/** As if the record had arrived when its latest span ended: fixed64 behind tag 0x41, or JSON's decimal string. */
function newestEndMs(value: Buffer): EpochMs {
  const ends = [...value.toString('latin1').matchAll(/"endTimeUnixNano":\s*"?(\d{19})/g)].map(([, ns = '']) =>
    Number(ns.slice(0, -6)),
  )
  for (let at = value.indexOf(0x41); at >= 0 && at + 9 <= value.length; at = value.indexOf(0x41, at + 1)) {
    const ms = Number(value.readBigUInt64LE(at + 1) / 1_000_000n)
    if (ms > 1e12 && ms < 3e12) ends.push(ms)
  }
  return Math.max(0, ...ends) as EpochMs
}
