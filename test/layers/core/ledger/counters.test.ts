import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CounterKey,
  isRoomFor,
  minuteCounter,
  nameRoom,
  operationCounter,
  parkedCounter,
  skuCounter,
} from '../../../../layers/core/ledger/counters.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'

const number = fc.nat(120)
const key: fc.Arbitrary<CounterKey> = fc.oneof(
  { weight: 5, arbitrary: number.map((operation) => operationCounter(`GET /${operation}`)) },
  { weight: 5, arbitrary: number.map((sku) => skuCounter(`rate/${sku}` as Sku)) },
  number.map((minute) => minuteCounter(minute % 60)),
  fc.nat(9).map((attribute) => `u:${attribute}` as CounterKey),
)
const countersOf = (keys: readonly CounterKey[]): ReadonlyMap<CounterKey, bigint> =>
  new Map(keys.map((each) => [each, 1n]))
const parked = number.map((operation) => parkedCounter(`GET /${operation}`, 'rate/1' as Sku))

describe('a row that surely has room for some names', () => {
  it('changes none of them', () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 150 }), fc.array(key, { maxLength: 150 }), (named, keys) => {
        const names = new Set(named.filter((each) => each.includes(':')))
        fc.pre(isRoomFor(countersOf(keys), names))
        const room = nameRoom(names)
        expect(keys.map((each) => room.capped(each))).toEqual(keys)
      }),
    )
  })

  it('is not one whose names fill it, nor one that holds what is parked', () => {
    const operations = Array.from({ length: 63 }, (_, place) => operationCounter(`GET /${place}`))
    const oneMore = countersOf([operationCounter('one more')])
    expect(isRoomFor(countersOf(operations), new Set())).toBe(true)
    expect(isRoomFor(oneMore, new Set(operations))).toBe(false)
    expect(isRoomFor(countersOf(operations), new Set(operations))).toBe(true)
    fc.assert(
      fc.property(parked, (pair) => !isRoomFor(countersOf([pair]), new Set()) && !isRoomFor(oneMore, new Set([pair]))),
    )
  })
})
