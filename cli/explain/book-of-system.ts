import * as z from 'zod'
import { readEdgeBook } from '../../layers/core/prices/edge-book.ts'
import type { PriceBook } from '../../layers/core/prices/price.ts'
import { createPriceBook } from '../../layers/core/prices/price-book.ts'
import { compileRating, type RatingContext } from '../../layers/core/rating/rating-context.ts'
import { askExplore } from '../explore-api.ts'
import type { RunningSystem } from '../running-system.ts'

/** The system answers with something that is no price book: it is of another version, or has none yet. */
class NoBook extends Error {
  override readonly name = 'NoBook'
  constructor(origin: string) {
    super(
      `${origin} has no price book that this version can read: see "tollgate doctor", and deploy both of one version`,
    )
  }
}

/**
 * The rules and prices by which a running system books spans (`GET /v1/prices/book`); own rates aside, their source is its book.
 * @throws NoBook, and what askExplore throws
 */
export async function bookOfSystem(
  system: Pick<RunningSystem, 'url' | 'sign'>,
): Promise<{ readonly context: RatingContext; readonly book: PriceBook }> {
  const { raw } = await askExplore(
    system.url,
    { path: '/v1/prices/book', parameters: {}, schema: z.unknown() },
    system.sign,
  )
  const read = readEdgeBook(raw)
  if (read === undefined) throw new NoBook(system.url.origin)
  const { book, rating, rates } = read
  const source = { kind: 'book', system: system.url.origin, generation: book.generation } as const
  const prices = book.prices.map((price) => (price.sku.startsWith('rate/') ? price : { ...price, source }))
  return { context: compileRating(rating, rates), book: createPriceBook(prices, book.generation) }
}
