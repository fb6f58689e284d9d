import { describe, expect, it } from 'vitest'
import { PriceRefreshFailed, refuseFailure } from '../../../functions/refresh-prices/refresh-failure.ts'
import { PriceListUnreachable } from '../../../layers/adapters/price-list.ts'

describe('a deploy whose prices cannot be had', () => {
  it('stops, and says what kept it from the Price List', () => {
    const error = new PriceListUnreachable('throttled', new Error('slow down'))
    const failing = () => refuseFailure({ outcome: 'failed', error, bookAgeMs: undefined })
    expect(failing).toThrow(PriceRefreshFailed)
    expect(failing).toThrow('the book stays as it is: the Price List could not be read: throttled')
  })

  it('stops, and names the faults of an answer that was refused', () => {
    const faults = [{ fault: 'empty', detail: 'no product of any SKU family' }] as const
    expect(() => refuseFailure({ outcome: 'refused', faults, bookAgeMs: undefined })).toThrow(
      'the book stays as it is: empty (no product of any SKU family)',
    )
  })

  it('goes on where the book was switched, and where nothing was due', () => {
    refuseFailure({ outcome: 'switched', generation: 'g', accepted: 1, kept: [] })
    refuseFailure({ outcome: 'skipped', bookAgeMs: 1 })
  })
})
