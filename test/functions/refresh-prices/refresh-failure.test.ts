import { describe, expect, it } from 'vitest'
import { PriceRefreshFailed, refuseFailure } from '../../../functions/refresh-prices/refresh-failure.ts'
import { PriceListUnreachable } from '../../../layers/adapters/price-list.ts'

describe('a deploy whose prices cannot be had', () => {
  it('stops, and says what kept it from the Price List', () => {
    const error = new PriceListUnreachable('throttled', new Error('slow down'))
    const failing = () => refuseFailure({ outcome: 'failed', error, bookAgeMs: undefined }, 'now')
    expect(failing).toThrow(PriceRefreshFailed)
    expect(failing).toThrow('the book stays as it is: the Price List could not be read: throttled')
  })

  it('stops, and names the faults of an answer that was refused', () => {
    const faults = [{ fault: 'empty', detail: 'no product of any SKU family' }] as const
    expect(() => refuseFailure({ outcome: 'refused', faults, bookAgeMs: undefined }, 'now')).toThrow(
      'the book stays as it is: empty (no product of any SKU family)',
    )
  })

  it('goes on where the book was switched, and where nothing was due', () => {
    refuseFailure({ outcome: 'switched', generation: 'g', accepted: 1, kept: [] }, 'now')
    refuseFailure({ outcome: 'skipped', bookAgeMs: 1 }, 'due')
  })

  it('goes on with a book of the last day, so that an outage keeps nobody from changing a budget or going back', () => {
    const hours = (count: number) => ({ outcome: 'failed', error: 'down', bookAgeMs: count * 3_600_000 }) as const
    refuseFailure(hours(23), 'now')
    expect(() => refuseFailure(hours(25), 'now')).toThrow(PriceRefreshFailed)
    expect(() => refuseFailure(hours(1), 'due')).toThrow(PriceRefreshFailed)
  })
})
