import { describe, expect, it } from 'vitest'
import { createBookReader } from '../../../layers/adapters/book-reader.ts'
import { ownRates } from '../../../layers/core/prices/own-rates.ts'
import type { Price } from '../../../layers/core/prices/price.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { priceOf } from '../core/prices/prices.ts'

const REQUEST = 'aws/lambda/request@us-east-1' as Sku
const price = priceOf(REQUEST, '0.0000002')

/** A Prices table in memory, with a clock, that can be out of reach. */
function world(generation: string | undefined, prices: readonly Price[]) {
  const state = { at: 0, generation, prices, reachable: true, pointerReads: 0, generationReads: 0 }
  const read = createBookReader({
    prices: {
      async readCurrent() {
        state.pointerReads++
        if (!state.reachable) throw new Error('out of reach')
        if (state.generation === undefined) return undefined
        return { id: state.generation, fetchedAt: 0 as EpochMs, size: 1 }
      },
      async readGeneration() {
        state.generationReads++
        return state.prices
      },
      readLast: async () => [priceOf(REQUEST, '0.0000001')],
    },
    ownPrices: ownRates([]),
    multipliers: [{ sku: 'aws/lambda/*', multiplier: '0.83' }],
    now: () => state.at as EpochMs,
  })
  const usd = async (): Promise<string | undefined> => {
    const found = (await read()).lookup(REQUEST, state.at as EpochMs)
    return found.found ? found.price.usd : undefined
  }
  return { state, read, usd }
}

describe('a reader of the price book', () => {
  it('looks at the pointer every 15 seconds at most, and reads a generation once', async () => {
    const { state, read } = world('a', [price])
    const [first, second] = await Promise.all([read(), read()])
    state.at = 14_999
    expect([await read(), second]).toEqual([first, first])
    expect([state.pointerReads, state.generationReads]).toEqual([1, 1])
    state.at = 15_000
    expect(await read()).toBe(first)
    expect([state.pointerReads, state.generationReads]).toEqual([2, 1])
  })

  it('takes the new book when the pointer has moved', async () => {
    const { state, usd } = world('a', [price])
    expect(await usd()).toBe('0.0000002')
    Object.assign(state, { at: 15_000, generation: 'b', prices: [priceOf(REQUEST, '0.0000003')] })
    expect(await usd()).toBe('0.0000003')
  })

  it('goes on with the book it has while the table is out of reach, and fails loudly when it never had one', async () => {
    const { state, usd } = world('a', [price])
    await usd()
    Object.assign(state, { at: 15_000, reachable: false })
    expect(await usd()).toBe('0.0000002')
    const cold = world('a', [price])
    cold.state.reachable = false
    await expect(cold.read()).rejects.toThrow('out of reach')
    cold.state.reachable = true
    expect(await cold.usd()).toBe('0.0000002')
  })

  it('has own prices before the first refresh, and multipliers on those that they are for', async () => {
    const { read } = world(undefined, [])
    expect((await read()).lookup('edge/declared' as Sku, 0 as EpochMs).found).toBe(true)
    const discounted = (await world('a', [price]).read()).lookup(REQUEST, 0 as EpochMs)
    expect(discounted).toMatchObject({ price: { multiplier: '0.83' } })
  })

  it('reads the last accepted prices where a generation is no longer whole', async () => {
    const { usd } = world('a', [])
    expect(await usd()).toBe('0.0000001')
  })
})
