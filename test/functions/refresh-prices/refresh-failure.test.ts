import { describe, expect, it } from 'vitest'
import { PriceRefreshFailed, refuseFailure } from '../../../functions/refresh-prices/refresh-failure.ts'
import { PriceListUnreachable } from '../../../layers/adapters/price-list.ts'

describe('a deploy whose prices cannot be had', () => {
  it('stops, and says what kept it from the Price List', () => {
    const error = new PriceListUnreachable('throttled', new Error('slow down'))
    const failing = () => refuseFailure({ outcome: 'failed', error, request: 'now', bookAgeMs: undefined })
    expect(failing).toThrow(PriceRefreshFailed)
    expect(failing).toThrow('the book stays as it is: the Price List could not be read: throttled')
  })

  it('stops, and names the faults of an answer that was refused', () => {
    const faults = [{ fault: 'empty', detail: 'no product of any SKU family' }] as const
    expect(() => refuseFailure({ outcome: 'refused', faults, request: 'now', bookAgeMs: undefined })).toThrow(
      'the book stays as it is: empty (no product of any SKU family)',
    )
  })

  it('goes on where the book was switched, and where nothing was due', () => {
    refuseFailure({ outcome: 'switched', generation: 'g', accepted: 1, kept: [] })
    refuseFailure({ outcome: 'skipped', bookAgeMs: 1 })
  })

  it('goes on with a book of the last day, so that an outage keeps nobody from changing a budget or going back', () => {
    const failed = (hours: number, request: 'due' | 'now') =>
      refuseFailure({ outcome: 'failed', error: 'down', request, bookAgeMs: hours * 3_600_000 })
    failed(23, 'now')
    expect(() => failed(25, 'now')).toThrow(PriceRefreshFailed)
    expect(() => failed(1, 'due')).toThrow(PriceRefreshFailed)
  })
})
