import { compareDecimals, timesPowerOfTen } from '../money/decimals.ts'
import { parseDecimal } from '../money/picodollars.ts'
import type { Sku } from '../rating/usage.ts'
import type { Candidate, FetchedPrices, PriceFault } from './fetched-prices.ts'
import type { AnswerFault } from './listed-product.ts'
import type { Price } from './price.ts'

/** A SKU whose candidate was not accepted. Without a last accepted price it stays missing, and its usage is parked. */
export interface KeptPrice {
  readonly sku: Sku
  readonly fault: PriceFault
  readonly detail: string
  /** The USD that stay in the book until they turn stale; undefined where none was ever accepted. */
  readonly usd: string | undefined
}

export type NextGeneration =
  | { readonly refused: readonly { readonly fault: AnswerFault; readonly detail: string }[] }
  | {
      readonly refused: undefined
      /** The next book: accepted prices, and the kept ones with the validity they had. */
      readonly prices: readonly Price[]
      readonly accepted: number
      readonly kept: readonly KeptPrice[]
    }

/**
 * Judges an answer against the last accepted prices. A fault of the whole answer refuses it: the book stays as it is,
 * turns stale, and says so. A fault of one SKU keeps that SKU's last accepted price; all others switch and renew. A kept
 * price is not renewed: it turns stale like any other, so that no doubtful price is charged for long.
 */
export function nextGeneration(fetched: FetchedPrices, last: ReadonlyMap<Sku, Price>): NextGeneration {
  if (fetched.faults.length > 0) return { refused: fetched.faults }
  const prices: Price[] = []
  const kept: KeptPrice[] = []
  for (const candidate of [...fetched.candidates, ...goneSince(fetched, last)]) {
    const known = last.get(candidate.sku)
    const judged = judge(candidate, known)
    if ('price' in judged) {
      prices.push(judged.price)
      continue
    }
    kept.push({ ...judged, usd: known?.usd })
  }
  const accepted = prices.length
  if (accepted === 0) return { refused: [{ fault: 'empty', detail: 'no price in it could be accepted' }] }
  for (const { sku } of kept) {
    const known = last.get(sku)
    if (known !== undefined) prices.push(known)
  }
  return { refused: undefined, prices, accepted, kept }
}

function goneSince(fetched: FetchedPrices, last: ReadonlyMap<Sku, Price>): readonly Candidate[] {
  const answered = new Set(fetched.candidates.map(({ sku }) => sku))
  return [...last.keys()]
    .filter((sku) => fetched.wanted.has(sku) && !answered.has(sku))
    .map((sku) => ({ sku, fault: 'gone', detail: 'it is no longer in the answer' }))
}

function judge(candidate: Candidate, known: Price | undefined): Candidate {
  if ('fault' in candidate || known === undefined) return candidate
  const { sku, price } = candidate
  if (price.unit !== known.unit) {
    return { sku, fault: 'other-unit', detail: `${price.unit} instead of ${known.unit}` }
  }
  if (movedTenfold(known.usd, price.usd)) {
    return { sku, fault: 'moved-tenfold', detail: `${price.usd} USD instead of ${known.usd}` }
  }
  return candidate
}

/** More than ten times, or less than a tenth. From or to zero is more than any factor. */
function movedTenfold(before: string, after: string): boolean {
  const [was, is] = [parseDecimal(before), parseDecimal(after)]
  return compareDecimals(is, timesPowerOfTen(was, 1)) > 0 || compareDecimals(timesPowerOfTen(is, 1), was) < 0
}
