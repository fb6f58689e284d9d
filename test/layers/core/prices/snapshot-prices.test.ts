import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseDecimal } from '../../../../layers/core/money/picodollars.ts'
import { SKU_FAMILIES, skuIn } from '../../../../layers/core/prices/sku.ts'
import { SNAPSHOT_REGIONS, snapshotPrices } from '../../../../layers/core/prices/snapshot/snapshot-prices.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { makeSnapshot, snapshotText } from '../../../../scripts/price-snapshot/make-snapshot.ts'

const root = new URL('../../../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const tables = { aws: read('scripts/price-snapshot/aws.csv'), models: read('scripts/price-snapshot/models.csv') }
const times = { fetchedAt: 0 as EpochMs, validUntil: 900_000 as EpochMs }

describe('the bundled price snapshot', () => {
  const all = snapshotPrices(SNAPSHOT_REGIONS, times)

  it('is what the script makes of its tables', () => {
    const made = snapshotText(makeSnapshot({ ...tables, answers: [], date: '' }))
    expect(read('layers/core/prices/snapshot/prices.snapshot.json')).toBe(made)
  })

  it('has one price a SKU, each positive and with its source and date', () => {
    expect(new Set(all.map(({ sku }) => sku)).size).toBe(all.length)
    for (const { usd, source, sku } of all) {
      expect(parseDecimal(usd).digits > 0n, sku).toBe(true)
      expect('published' in source && source.published, sku).not.toBe('')
    }
  })

  it('prices every family of the Price List in us-east-1 but those of which no published price was found', () => {
    const priced = new Set(snapshotPrices(['us-east-1'], times).map(({ sku }) => sku))
    const missing = SKU_FAMILIES.map(({ family }) => family).filter((family) => !priced.has(skuIn(family, 'us-east-1')))
    expect(missing).toEqual(['aws/lambda/provisioned-gb-second/x86_64', 'aws/lambda/provisioned-gb-second/arm64'])
  })

  it('puts an answer of the Price List before its tables', () => {
    const entry = JSON.stringify({
      serviceCode: 'AWSLambda',
      product: {
        sku: 'GU2ZS9HVP6QTQ7KE',
        attributes: { usagetype: 'Request', operation: '', regionCode: 'us-east-1' },
      },
      terms: {
        OnDemand: {
          a: {
            priceDimensions: {
              b: {
                unit: 'Requests',
                beginRange: '0',
                endRange: 'Inf',
                rateCode: 'r',
                pricePerUnit: { USD: '0.00000021' },
              },
            },
          },
        },
      },
    })
    const answers = [JSON.stringify({ PriceList: [entry] })]
    const { rows } = makeSnapshot({ ...tables, answers, date: '2026-11-24' })
    const east = rows.filter(({ family, regions }) => family === 'aws/lambda/request' && regions.includes('us-east-1'))
    expect(east).toHaveLength(1)
    expect(east[0]).toMatchObject({ usd: '0.00000021', source: { kind: 'snapshot', published: '2026-11-24' } })
  })
})
