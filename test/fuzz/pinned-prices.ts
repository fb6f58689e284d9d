import { connectPrices, type PricesTable } from '../../layers/adapters/prices-table.ts'
import { generationId } from '../../layers/core/prices/generation.ts'
import { NEVER_STALE, NOT_FETCHED, type Price } from '../../layers/core/prices/price.ts'
import { snapshotPrices } from '../../layers/core/prices/snapshot/snapshot-prices.ts'
import type { Sku } from '../../layers/core/rating/usage.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../local/tables.ts'
import type { Dice } from './dice.ts'

/** The model that the services call. */
export const MODEL = 'anthropic.claude-3-haiku-20240307-v1:0'

const REGION = 'us-east-1'

/** Always in the book. */
const ALWAYS: readonly string[] = [
  `aws/lambda/request@${REGION}`,
  `aws/lambda/gb-second/arm64@${REGION}`,
  `aws/dynamodb/read-unit@${REGION}`,
  `aws/s3/request/tier1@${REGION}`,
  `aws/s3/request/tier2@${REGION}`,
]

/**
 * In the book at times, and at the end. A quantum of each costs whole picodollars: what is settled is rounded by another
 * unit than what is priced at once (docs/decisions/0014), and only so both give the same digits.
 */
const AT_TIMES: readonly string[] = [
  `aws/dynamodb/write-unit@${REGION}`,
  `aws/sqs/request/standard@${REGION}`,
  `model/aws.bedrock/${MODEL}/input-token@${REGION}`,
  `model/aws.bedrock/${MODEL}/output-token@${REGION}`,
]

const LISTED = snapshotPrices([REGION], { fetchedAt: NOT_FETCHED, validUntil: NEVER_STALE })

function priceOf(sku: string): Price {
  const price = LISTED.find((one) => one.sku === sku)
  if (price === undefined) throw new Error(`the snapshot has no price of ${sku}`)
  return price
}

/** All prices that a run ever has; they never change and never turn stale, they are only absent at times. */
export const PINNED_PRICES: ReadonlyMap<Sku, Price> = new Map(
  [...ALWAYS, ...AT_TIMES].map((sku) => [sku as Sku, priceOf(sku)]),
)

/** Writes generations of the pinned prices through the table's own adapter. */
export interface PinnedBook {
  /** A generation with some of the prices that are there at times. */
  writeSome(dice: Dice, now: EpochMs): Promise<void>
  writeAll(now: EpochMs): Promise<void>
}

export function pinnedBook(client: Parameters<typeof connectPrices>[0]): PinnedBook {
  const table = connectPrices(client, LOCAL_TABLES.PRICES_TABLE)
  let written = 0
  const write = async (skus: readonly string[], now: EpochMs): Promise<void> => {
    written += 1
    const id = generationId(now, String(written).padStart(6, '0'))
    await switchTo(table, id, now, skus.map(priceOf))
  }
  return {
    writeSome: (dice, now) => write([...ALWAYS, ...AT_TIMES.filter(() => dice.happens(5_000))], now),
    writeAll: (now) => write([...ALWAYS, ...AT_TIMES], now),
  }
}

async function switchTo(table: PricesTable, id: string, fetchedAt: EpochMs, prices: readonly Price[]): Promise<void> {
  await table.switchTo({ id, fetchedAt, prices })
}
