import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DeadLetter, deadLetterName, redrivenParts } from '../../../../layers/core/ledger/dead-letter.ts'
import { formatOrigin, type Origin, parseOrigin, redriveShard } from '../../../../layers/core/ledger/origin.ts'
import { ledgerRowPlace, parseRowName } from '../../../../layers/core/ledger/row-name.ts'
import { DEAD_REASONS } from '../../../../layers/core/otlp/span.ts'
import { type EpochMs, hourOf } from '../../../../layers/core/time/instants.ts'

const AT = Date.UTC(2026, 10, 23, 8) as EpochMs

const origin = fc.record<Origin>({
  shard: fc.tuple(fc.stringMatching(/^[0-9a-z]{4}$/), fc.nat(999)).map(([hash, partition]) => `${hash}.${partition}`),
  offset: fc.maxSafeNat(),
  timestampMs: fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }).map((ms) => ms as EpochMs),
  reason: fc.constantFrom(...DEAD_REASONS),
  part: fc.nat(9999),
  attempt: fc.integer({ min: 1, max: 9999 }),
})

const letter: DeadLetter = {
  ...{ topic: 'spans', partition: 3, offset: 7, shard: 'k3f9.3', timestampMs: AT, reason: 'impossible_time', spans: 2 },
  details: ['a', 'b'],
  bodies: [Buffer.from('a'), Buffer.from('b')],
}

describe('the origin of a redriven record', () => {
  it('comes back from its header as it was', () => {
    fc.assert(
      fc.property(origin, (one) => {
        expect(parseOrigin(formatOrigin(one))).toEqual(one)
      }),
    )
  })

  it.each([
    '',
    'k3f9.3',
    'k3f9.3 7 1 nothing 0 1',
    'k3f9#3 7 1 truncated 0 1',
    `${'k'.repeat(900)}.1 7 1 truncated 0 1`,
  ])('is not read from a stranger’s header %j', (text) => expect(parseOrigin(text)).toBeUndefined())

  it('has a shard that no other body has, and that no attempt changes', () => {
    fc.assert(
      fc.property(origin, origin, (a, b) => {
        expect(redriveShard({ ...a, attempt: b.attempt })).toBe(redriveShard(a))
        const isSame = (['shard', 'offset', 'reason', 'part'] as const).every((key) => a[key] === b[key])
        expect(redriveShard(a) === redriveShard(b)).toBe(isSame)
        const { row } = ledgerRowPlace({ service: 's', hour: hourOf(AT), commit: 'c', shard: redriveShard(a) })
        expect(parseRowName(row)).toEqual({ hour: hourOf(AT), commit: 'c', shard: redriveShard(a) })
      }),
    )
  })
})

describe('a letter', () => {
  it('is redriven body by body', () => {
    expect(redrivenParts(letter).map(({ origin }) => formatOrigin(origin))).toEqual([
      `k3f9.3 7 ${AT} impossible_time 0 1`,
      `k3f9.3 7 ${AT} impossible_time 1 1`,
    ])
  })

  it('that died again keeps its origin, and has another name than the one it was redriven from', () => {
    const [, { origin } = { origin: undefined }] = redrivenParts(letter)
    const again = { ...letter, offset: 900, bodies: [Buffer.from('b')], ...(origin && { origin }) }
    expect(deadLetterName(again)).toBe('impossible_time/2026-11-23/k3f9.3r7.impossible_time.1/00001.json')
    expect(deadLetterName({ ...again, offset: 901, partition: 5 })).toBe(deadLetterName(again))
    expect(redrivenParts(again).map(({ origin }) => formatOrigin(origin))).toEqual([
      `k3f9.3 7 ${AT} impossible_time 1 2`,
    ])
  })
})
