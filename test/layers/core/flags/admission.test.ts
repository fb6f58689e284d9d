import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admits } from '../../../../layers/core/flags/admission.ts'
import type { Flag } from '../../../../layers/core/flags/flag.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'

const NOW = 1_795_000_000_000 as EpochMs
const HOUR_MS = 3_600_000

const traceId = () => fc.stringMatching(/^[0-9a-f]{32}$/)
const fraction = () => fc.integer({ min: 0, max: 10_000 }).map((share) => share / 10_000)

function flagOf(admit: number, until: number = NOW + HOUR_MS): Flag {
  return { service: 'prod/checkout', admit, reason: 'it burns', until: until as EpochMs, since: NOW, version: 1 }
}

describe('admission', () => {
  it('admits everything where there is no flag', () => {
    fc.assert(
      fc.property(traceId(), (id) => {
        expect(admits(undefined, id, NOW)).toEqual({ admitted: true, why: 'no-flag' })
      }),
    )
  })

  it('admits everything from the moment a flag expires, whatever it says', () => {
    fc.assert(
      fc.property(traceId(), fc.nat(HOUR_MS), (id, ago) => {
        expect(admits(flagOf(0, NOW - ago), id, NOW)).toEqual({ admitted: true, why: 'expired' })
      }),
    )
    expect(admits(flagOf(0, NOW + 1), 'a', NOW).admitted).toBe(false)
  })

  it('admits all at 1 and none at 0', () => {
    fc.assert(
      fc.property(traceId(), (id) => {
        expect(admits(flagOf(1), id, NOW).admitted).toBe(true)
        expect(admits(flagOf(0), id, NOW).admitted).toBe(false)
      }),
    )
  })

  it('answers the same for one trace id at every service', () => {
    fc.assert(
      fc.property(traceId(), fraction(), (id, admit) => {
        const here = admits(flagOf(admit), id, NOW)
        expect(admits({ ...flagOf(admit), service: 'prod/orders', version: 9 }, id, NOW)).toEqual(here)
      }),
    )
  })

  it('admits at a larger fraction all that it admits at a smaller one', () => {
    fc.assert(
      fc.property(traceId(), fraction(), fraction(), (id, a, b) => {
        const [smaller, larger] = a <= b ? [a, b] : [b, a]
        if (admits(flagOf(smaller), id, NOW).admitted) expect(admits(flagOf(larger), id, NOW).admitted).toBe(true)
      }),
    )
  })

  // 20,000 ids: one standard deviation of a share is at most 0.0036, so 0.015 is more than four.
  const COUNT = 20_000
  it.each([
    ['random ids', randomIds(COUNT)],
    ['ids that differ in a counter only', Array.from({ length: COUNT }, (_, at) => at.toString(16).padStart(32, '0'))],
    ['ids that begin with the time, as X-Ray makes them', timedIds(COUNT)],
  ])('admits the fraction that the flag says, of %s', (_, ids) => {
    for (const admit of [0.01, 0.1, 0.25, 0.5, 0.9]) {
      const admitted = ids.filter((id) => admits(flagOf(admit), id, NOW).admitted).length
      expect(Math.abs(admitted / COUNT - admit)).toBeLessThan(0.015)
    }
  })

  it('does not follow the bits by which samplers judge', () => {
    // OpenTelemetry's consistent sampling keeps the ids whose last 56 bits are high.
    const sampled = randomIds(COUNT).filter((id) => Number.parseInt(id.slice(18, 26), 16) > 0.75 * 2 ** 32)
    const admitted = sampled.filter((id) => admits(flagOf(0.5), id, NOW).admitted).length
    expect(Math.abs(admitted / sampled.length - 0.5)).toBeLessThan(0.03)
  })

  it('tells the refused to come back one to two windows later, and never after the flag has expired', () => {
    fc.assert(
      fc.property(traceId(), fc.integer({ min: 1, max: HOUR_MS }), (id, left) => {
        const admission = admits(flagOf(0, NOW + left), id, NOW)
        if (admission.admitted) throw new Error('admitted at 0')
        expect(admission.retryAfterSeconds).toBeGreaterThanOrEqual(Math.min(60, Math.ceil(left / 1000)))
        expect(admission.retryAfterSeconds).toBeLessThanOrEqual(Math.min(121, Math.ceil(left / 1000)))
        expect(admission).toMatchObject({ reason: 'it burns', fraction: 0 })
      }),
    )
  })

  it('spreads those who come back evenly over a window', () => {
    const quarters = [0, 0, 0, 0]
    for (const id of randomIds(COUNT)) {
      const admission = admits(flagOf(0.2), id, NOW)
      if (admission.admitted) continue
      const quarter = Math.min(3, Math.floor((admission.retryAfterSeconds - 60) / 15))
      quarters[quarter] = (quarters[quarter] ?? 0) + 1
    }
    for (const count of quarters) expect(count / (COUNT * 0.8)).toBeCloseTo(0.25, 1)
  })
})

/** Xorshift, seeded, so that a failure comes again. */
function randomIds(count: number): readonly string[] {
  let state = 0x9e3779b9
  const word = (): string => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0).toString(16).padStart(8, '0')
  }
  return Array.from({ length: count }, () => word() + word() + word() + word())
}

function timedIds(count: number): readonly string[] {
  return randomIds(count).map((id, at) => (0x6a000000 + (at >> 8)).toString(16) + id.slice(8))
}
