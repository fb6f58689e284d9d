import type { Multipliers } from '../core/prices/multipliers.ts'
import { withMultipliers } from '../core/prices/multipliers.ts'
import type { Price, PriceBook } from '../core/prices/price.ts'
import { createPriceBook } from '../core/prices/price-book.ts'
import type { EpochMs } from '../core/time/instants.ts'
import type { CurrentGeneration, PricesTable } from './prices-table.ts'

/** A new generation comes every ten minutes; 15 s later at the latest every reader has it. */
const POINTER_REREAD_MS = 15_000

export interface BookReaderSettings {
  readonly prices: Pick<PricesTable, 'readCurrent' | 'readGeneration' | 'readLast'>
  /** Configured prices (own-rates.ts); they are in every book, also before the first refresh. */
  readonly ownPrices: readonly Price[]
  readonly multipliers: Multipliers
  readonly now: () => EpochMs
}

/**
 * Makes `readBook`: the current price book, kept in memory. The pointer is read again at most every 15 s, and a
 * generation is read whole before it takes the place of the old one, so a caller gets the old book or the new one.
 *
 * With the table out of reach it goes on with the book it has, whose prices turn stale by themselves.
 * @throws the SDK's error when the table is out of reach and no book was ever read.
 */
export function createBookReader(settings: BookReaderSettings): () => Promise<PriceBook> {
  let book: PriceBook | undefined
  let nextReadAt = 0
  let reading: Promise<PriceBook> | undefined

  const read = async (): Promise<PriceBook> => {
    try {
      book = await readIfNewer(settings, book)
    } catch (error) {
      if (book === undefined) throw error
    }
    nextReadAt = settings.now() + POINTER_REREAD_MS
    return book
  }

  return async () => {
    if (book !== undefined && settings.now() < nextReadAt) return book
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }
}

async function readIfNewer(settings: BookReaderSettings, known: PriceBook | undefined): Promise<PriceBook> {
  const current = await settings.prices.readCurrent()
  const generation = current?.id ?? 'own-rates'
  if (known?.generation === generation) return known
  const fetched = current === undefined ? [] : await readWhole(settings, current)
  return createPriceBook(withMultipliers([...fetched, ...settings.ownPrices], settings.multipliers), generation)
}

/** A generation that is no longer whole is older than two days: the last accepted prices, stale as they are, say more. */
async function readWhole({ prices }: BookReaderSettings, current: CurrentGeneration): Promise<readonly Price[]> {
  const generation = await prices.readGeneration(current.id)
  return generation.length === current.size ? generation : await prices.readLast()
}
