import type { FoundPrice } from '../../layers/core/prices/find-prices.ts'
import { counted } from '../counted.ts'
import { citing } from '../explain/citing.ts'
import { printable, spread, wrapped } from '../explain/wrapped.ts'
import type { FoundPrices } from './prices-client.ts'

/** Prices as people read them, a block each, and how many more there are. */
export function drawPrices({ found, prices, generation }: FoundPrices): string {
  const more = found - prices.length
  const end = more === 0 ? counted(found, 'price') : `and ${more} more: add words, or raise --limit`
  const cite = citing()
  return `${[...prices.map((price) => drawPrice(price, cite)), `${end} (book ${printable(generation)})`].join('\n\n')}\n`
}

function drawPrice(price: FoundPrice, cite: ReturnType<typeof citing>): string {
  const multiplier = price.multiplier === '1' ? '' : ` x ${price.multiplier}`
  return [
    price.sku,
    ...spread(`  $${price.usd}${multiplier} a ${price.unit}`, ageOf(price)).map((line) => line.trimEnd()),
    ...(price.tiers.length === 0 ? [] : wrapped('  tiers   ', price.tiers.map(tierText).join('; '))),
    ...wrapped('  source  ', cite(price.source, price.sourceDetail)),
  ]
    .map(printable)
    .join('\n')
}

const tierText = ({ from, to, usd }: FoundPrice['tiers'][number]): string =>
  to === 'Inf' ? `above ${from} $${usd}` : `to ${to} $${usd}`

function ageOf({ ageSeconds, stale }: FoundPrice): string {
  const age = ageSeconds === null ? '' : ageSeconds < 120 ? `${ageSeconds} s old` : agedInMinutes(ageSeconds)
  return stale ? `STALE, ${age}` : age
}

const agedInMinutes = (seconds: number): string =>
  seconds < 7_200
    ? `${Math.floor(seconds / 60)} min old`
    : seconds < 172_800
      ? `${Math.floor(seconds / 3_600)} h old`
      : `${Math.floor(seconds / 86_400)} days old`
