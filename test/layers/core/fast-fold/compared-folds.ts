import { isDeepStrictEqual } from 'node:util'
import { byteFolder } from '../../../../layers/core/fast-fold/fold-bytes.ts'
import { ROLE, roleOf } from '../../../../layers/core/fast-fold/key-roles.ts'
import { foldRecord } from '../../../../layers/core/ledger/fold-record.ts'
import { parseUsd } from '../../../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../../../layers/core/otlp/decode-record.ts'
import type { RatingContext } from '../../../../layers/core/rating/rating-context.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { NOW_MS, toProtobuf, type WrittenField } from '../otlp/written-request.ts'
import { contextOf } from '../rating/context.ts'
import { oddFields } from './odd-fields.ts'
import { chance, integer, oneOf, type Random, randomOf, randomRequest } from './random-request.ts'

/** Settings under which rating says something else of the same spans. */
export const CONTEXTS: readonly RatingContext[] = [
  contextOf({}, [{ service: '*', usdPerMs: '0.0000001' }]),
  contextOf(),
  contextOf(
    {
      assume: { lambdaArchitecture: null },
      services: [
        { service: '*cart', internetEgress: true, apiGateway: 'http', ephemeralStorageMb: 1024 },
        { service: '*pay', provisionedConcurrency: true, fargate: { cpuUnits: 256, memoryMb: 512, concurrency: 2.5 } },
      ],
      sampling: [{ service: '*search', spansPerSpan: 10 }],
      modelCallScopes: ['my.sole.source'],
      maxTrustedWeight: 3,
    },
    [
      { service: 'prod/cart', operation: 'GET /cart/:id', usdPerMs: '0.000001' },
      { service: 'search', usdPerMs: '0.000002' },
    ],
  ),
]

const MAX_DECLARED = parseUsd('100')

/** The plain path, as the fast one says it. */
function foldPlainly(value: Uint8Array, at: EpochMs, context: RatingContext) {
  const decoded = decodeRecord(value, at, MAX_DECLARED)
  const dead = decoded.dead.reduce((sum, part) => sum + part.spans, 0)
  return {
    folded: foldRecord(decoded, context),
    dead: decoded.dead,
    spans: decoded.spans.length + decoded.plain.length + dead,
    declares: decoded.spans.some(({ attributes }) =>
      Object.keys(attributes).some((key) => roleOf(key) === ROLE.declared),
    ),
  }
}

/** One folder for each of the contexts, as long as the comparison lasts: what it learnt from one record it uses on the next. */
export function comparison() {
  const folders = CONTEXTS.map((context) => byteFolder(context, MAX_DECLARED))
  /** Throws where the fast path says anything else than the plain one; answers with the spans of the record. */
  return (value: Uint8Array, at: EpochMs, which: number, what: string): number => {
    const fast = (folders[which] as (typeof folders)[number])(value, at)
    const plain = foldPlainly(value, at, CONTEXTS[which] as RatingContext)
    if (!isDeepStrictEqual(fast, plain)) {
      throw new Error(`${what}, context ${which}: ${Buffer.from(value).toString('base64')}`)
    }
    return plain.spans
  }
}

/** Compares both paths on at least so many random spans. */
export function compareRandomly(seed: number, spans: number, compare = comparison()): number {
  const random = randomOf(seed)
  let compared = 0
  for (let record = 0; compared < spans; record += 1) {
    const value = randomBytes(random)
    const atMs = chance(random, 0.01) ? NOW_MS - 100_000 : NOW_MS
    compared += compare(value, atMs as EpochMs, integer(random, CONTEXTS.length), `seed ${seed}, record ${record}`)
  }
  return compared
}

/** Most requests are as encoders write them. */
const AS_WRITTEN: readonly undefined[] = Array.from({ length: 16 }, () => undefined)

/** A request's bytes; now and then its fields in another order, or the bytes not quite what they were. */
function randomBytes(random: Random): Uint8Array {
  const shuffle = (fields: WrittenField[]): WrittenField[] => fields.sort(() => random() - 0.5)
  const request = randomRequest(random, 20)
  const value = toProtobuf(request, oneOf(random, [...AS_WRITTEN, oddFields(random), shuffle]))
  if (value.length > 0 && chance(random, 0.05)) value[integer(random, value.length)] = integer(random, 256)
  return chance(random, 0.01) ? value.subarray(0, integer(random, value.length)) : value
}
