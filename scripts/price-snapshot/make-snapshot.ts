import * as z from 'zod'
import { formatDecimal, timesPowerOfTen } from '../../layers/core/money/decimals.ts'
import { parseDecimal } from '../../layers/core/money/picodollars.ts'
import type { PriceSource, PriceTier } from '../../layers/core/prices/price.ts'
import { readPriceList } from '../../layers/core/prices/price-list-answer.ts'
import { familyOf, regionOf, TOKEN_METERS } from '../../layers/core/prices/sku.ts'
import type { Snapshot, SnapshotRow } from '../../layers/core/prices/snapshot/snapshot.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { type CsvRow, readCsv } from './read-csv.ts'

/** USD in models.csv are for a million tokens. */
const MILLION = 6

export interface SnapshotInput {
  /** Text of aws.csv and models.csv. */
  readonly aws: string
  readonly models: string
  /** GetProducts answers, as the AWS CLI prints them, and the day they were given (YYYY-MM-DD). */
  readonly answers: readonly string[]
  readonly date: string
}

/**
 * The snapshot: what the answers price, and of the tables what they do not.
 * @throws for an answer that refresh-prices would refuse, and for a table with a bad row.
 */
export function makeSnapshot({ aws, models, answers, date }: SnapshotInput): Snapshot {
  const answered = answers.length === 0 ? [] : answeredRows(answers, date)
  const known = new Set(answered.flatMap(({ family, regions }) => regions.map((region) => `${family}@${region}`)))
  const published = [...readCsv(aws).map(awsRow), ...readCsv(models).flatMap(modelRows)]
  const rest = published.flatMap((row) => {
    const regions = row.regions.filter((region) => !known.has(`${row.family}@${region}`))
    return regions.length === 0 && row.regions.length > 0 ? [] : [{ ...row, regions }]
  })
  return { rows: [...answered, ...rest] }
}

/** One row a line, so that a change of price is a change of one line. */
export const snapshotText = ({ rows }: Snapshot): string =>
  `{ "rows": [\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n] }\n`

function awsRow(row: CsvRow): SnapshotRow {
  return {
    family: row.get('family'),
    regions: words(row.get('regions')),
    usd: formatDecimal(parseDecimal(row.get('usd'))),
    tiers: tiersFrom(words(row.get('tiers'))),
    source: sourceFrom(row),
  }
}

function modelRows(row: CsvRow): readonly SnapshotRow[] {
  const columns = ['input', 'output', 'cache_read', 'cache_write'] as const
  const long = row.get('prompt') === '' ? '' : `-${row.get('prompt')}`
  return columns.flatMap((column, place) => {
    const usd = row.get(column)
    if (usd === '') return []
    return [
      {
        family: `model/${row.get('provider')}/${row.get('model')}/${TOKEN_METERS[place]}${long}`,
        regions: words(row.get('regions')),
        usd: formatDecimal(timesPowerOfTen(parseDecimal(usd), -MILLION)),
        tiers: [],
        source: { kind: 'published', page: row.get('page'), published: row.get('published') },
      } satisfies SnapshotRow,
    ]
  })
}

function sourceFrom(row: CsvRow): PriceSource {
  const published = row.get('published')
  if (row.get('rate_code') === '') return { kind: 'published', page: row.get('page'), published }
  return {
    kind: 'snapshot',
    serviceCode: row.get('service_code'),
    usageType: row.get('usage_type'),
    operation: '',
    rateCode: row.get('rate_code'),
    published,
  }
}

/** `0:0.0000166667 6000000000:0.000015`: each band ends where the next begins. */
function tiersFrom(bands: readonly string[]): readonly PriceTier[] {
  const split = bands.map((band) => band.split(':'))
  return split.map(([begin = '', usd = ''], place) => ({ begin, end: split[place + 1]?.[0], usd }))
}

function answeredRows(answers: readonly string[], date: string): readonly SnapshotRow[] {
  const entries = answers.flatMap((text) => answerSchema.parse(JSON.parse(text)).PriceList)
  const regions = [...new Set(entries.flatMap((entry) => REGION_CODE.exec(entry)?.[1] ?? []))].sort()
  const never = 0 as EpochMs
  const fetched = readPriceList(entries, regions, { fetchedAt: never, validUntil: never })
  if (fetched.faults.length > 0) throw new Error(`refused: ${JSON.stringify(fetched.faults)}`)
  return fetched.candidates.flatMap((candidate) => {
    if ('fault' in candidate) throw new Error(`${candidate.sku}: ${candidate.fault}, ${candidate.detail}`)
    const { sku, usd, tiers, source } = candidate.price
    const dated = source.kind === 'price-list' ? ({ ...source, kind: 'snapshot', published: date } as const) : source
    return [{ family: familyOf(sku), regions: [regionOf(sku)], usd, tiers, source: dated }]
  })
}

const REGION_CODE = /"(?:fromR|r)egionCode"\s*:\s*"([a-z0-9-]+)"/
const answerSchema = z.object({ PriceList: z.array(z.string()) })
const words = (text: string): readonly string[] => (text === '' ? [] : text.split(' '))
