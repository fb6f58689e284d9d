import { describe, expect, it } from 'vitest'
import { ROLE, roleOf } from '../../../../layers/core/fast-fold/key-roles.ts'
import type { Picodollars } from '../../../../layers/core/money/picodollars.ts'
import { ATTRIBUTE_KEYS } from '../../../../layers/core/otlp/attributes.ts'
import { decodeRecord } from '../../../../layers/core/otlp/decode-record.ts'
import type { Attributes } from '../../../../layers/core/otlp/span.ts'
import { rateSpan } from '../../../../layers/core/rating/rate-span.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { NOW_MS, toProtobuf } from '../otlp/written-request.ts'
import { CONTEXTS } from './compared-folds.ts'
import { randomOf, randomRequest } from './random-request.ts'

/** The attributes that raters ask spans for, over many random spans. */
function attributesRead(): ReadonlySet<string> {
  const read = new Set<string>()
  const watched = (attributes: Attributes): Attributes =>
    new Proxy(attributes, {
      get: (target, key) => {
        read.add(String(key))
        return Reflect.get(target, key)
      },
    })
  const random = randomOf(1)
  for (let record = 0; record < 300; record += 1) {
    const decoded = decodeRecord(toProtobuf(randomRequest(random, 20)), NOW_MS as EpochMs, 0n as Picodollars)
    for (const span of decoded.spans) {
      for (const context of CONTEXTS) rateSpan({ ...span, attributes: watched(span.attributes) }, context)
    }
  }
  return read
}

describe('the roles of attributes on spans', () => {
  const read = attributesRead()

  it('name every attribute that a rater reads', () => {
    expect([...read].filter((key) => roleOf(key) === ROLE.none)).toEqual([])
  })

  it('name no attribute that no rater reads', () => {
    expect(ATTRIBUTE_KEYS.filter((key) => roleOf(key) !== ROLE.none && !read.has(key))).toEqual([])
  })
})
