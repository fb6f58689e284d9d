import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBookReader } from '../../../layers/adapters/book-reader.ts'
import { connectPrices, type PricesTable } from '../../../layers/adapters/prices-table.ts'
import { type Generation, generationId } from '../../../layers/core/prices/generation.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import { MS_PER_DAY } from '../../../layers/core/time/days.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { priceOf } from '../core/prices/prices.ts'
import { NOON, type OpenTables, type TableEngine } from './table-engine.ts'

const skuOf = (n: number): Sku => `aws/lambda/request@us-east-${n}` as Sku

function generationOf(fetchedAt: number, prices: number, usd: string): Generation {
  const at = fetchedAt as EpochMs
  const price = (_: unknown, n: number) =>
    priceOf(skuOf(100 + n), usd, { fetchedAt: at, validUntil: (at + 900_000) as EpochMs })
  return { id: generationId(at, 'x'), fetchedAt: at, prices: Array.from({ length: prices }, price) }
}

/** What the Prices table, and the reader of the price book on it, promise. The suite's steps build on each other. */
export function pricesTableSuite(engine: TableEngine): void {
  describe(`the Prices table on ${engine.name}`, () => {
    let opened: OpenTables
    let prices: PricesTable
    let at = NOON
    let readBook: ReturnType<typeof createBookReader>
    beforeAll(async () => {
      opened = await engine.open()
      prices = connectPrices(opened.client, LOCAL_TABLES.PRICES_TABLE)
      readBook = createBookReader({ prices, ownPrices: [], multipliers: [], now: () => at })
    })
    afterAll(() => opened.close())

    const usdInBook = async (n: number): Promise<string | undefined> => {
      at = (at + 15_000) as EpochMs
      const found = (await readBook()).lookup(skuOf(n), 0 as EpochMs)
      return found.found ? found.price.usd : undefined
    }
    const older = generationOf(NOON, 60, '0.1')
    const newer = generationOf(NOON + 600_000, 58, '0.3')

    it('has no generation before the first refresh, and a book without prices', async () => {
      expect(await prices.readCurrent()).toBeUndefined()
      expect(await prices.readLast()).toEqual([])
      expect(await usdInBook(100)).toBeUndefined()
    })

    it('switches readers to a generation, whole, and keeps its prices as the last accepted', async () => {
      expect(await prices.switchTo(older)).toBe('switched')
      expect(await prices.readCurrent()).toEqual({ id: older.id, fetchedAt: NOON, size: 60 })
      expect(await prices.readGeneration(older.id)).toEqual(older.prices)
      expect(await prices.readLast()).toEqual(older.prices)
      expect(await usdInBook(159)).toBe('0.1')
    })

    it('switches on to a newer one, and never back to an older', async () => {
      expect(await prices.switchTo(newer)).toBe('switched')
      expect(await prices.switchTo(generationOf(NOON + 300_000, 1, '0.2'))).toBe('superseded')
      expect((await prices.readCurrent())?.id).toBe(newer.id)
      expect(await usdInBook(100)).toBe('0.3')
      expect(await usdInBook(159)).toBeUndefined()
    })

    it('keeps the last accepted price of a SKU that a newer generation lacks', async () => {
      const last = await prices.readLast()
      expect(last).toHaveLength(60)
      expect(last.map(({ usd }) => usd)).toEqual([...newer.prices.map(() => '0.3'), '0.1', '0.1'])
    })

    it('has switched when the same generation is switched to again', async () => {
      expect(await prices.switchTo(newer)).toBe('switched')
    })

    it('gives one of many who switch side by side the last word: the newest', async () => {
      const all = [5, 3, 8, 1, 7].map((n) => generationOf(NOON + n * 3_600_000, 30, `0.${n}`))
      await Promise.all(all.map((generation) => prices.switchTo(generation)))
      expect((await prices.readCurrent())?.fetchedAt).toBe(NOON + 8 * 3_600_000)
      expect(await usdInBook(100)).toBe('0.8')
    })

    it('reads a generation of more than one page', async () => {
      const many = generationOf(NOON + MS_PER_DAY, 40, '0.5')
      // 40 prices of 30 KB are more than the 1 MB of a page.
      const long = many.prices.map((price) => ({ ...price, unit: 'x'.repeat(30_000) }))
      await prices.switchTo({ ...many, prices: long })
      expect(await prices.readGeneration(many.id)).toEqual(long)
    })
  })

  it.skipIf(!engine.expiresWhenAsked)(
    `a generation is forgotten after two days on ${engine.name}, and readers take the last accepted prices`,
    async () => {
      const { client, expire, close } = await engine.open()
      const prices = connectPrices(client, LOCAL_TABLES.PRICES_TABLE)
      const old = generationOf(Date.now() - 2 * MS_PER_DAY - 60_000, 3, '0.4')
      await prices.switchTo(old)
      await expire()
      expect(await prices.readGeneration(old.id)).toEqual([])
      expect(await prices.readCurrent()).toMatchObject({ id: old.id, size: 3 })
      const readBook = createBookReader({ prices, ownPrices: [], multipliers: [], now: () => NOON })
      expect((await readBook()).lookup(skuOf(100), old.fetchedAt)).toMatchObject({ price: { usd: '0.4' } })
      await close()
    },
  )
}
