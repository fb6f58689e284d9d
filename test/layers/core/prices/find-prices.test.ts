import { describe, expect, it } from 'vitest'
import { findPrices } from '../../../../layers/core/prices/find-prices.ts'
import { NEVER_STALE, NOT_FETCHED } from '../../../../layers/core/prices/price.ts'
import { SNAPSHOT_REGIONS, snapshotPrices } from '../../../../layers/core/prices/snapshot/snapshot-prices.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'

const NOW = Date.UTC(2026, 10, 24, 9) as EpochMs
const BUNDLED = snapshotPrices(SNAPSHOT_REGIONS, { fetchedAt: NOT_FETCHED, validUntil: NEVER_STALE })

const skusOf = (words: string) => findPrices(BUNDLED, words.split(' '), NOW).map(({ sku }) => sku)

describe('prices are found', () => {
  it.each([
    ['TG3M4CAGBA3NYQBH.JRTCKXETXF.CUKFZ388N3', 'aws/lambda/gb-second/x86_64@us-east-1'],
    ['Step Functions transition us-east-1', 'aws/states/transition@us-east-1'],
    ['secrets manager us-east-1', 'aws/secretsmanager/request@us-east-1'],
    ['PUT us-west-2 s3', 'aws/s3/request/tier1@us-west-2'],
    ['lambda invocation eu-west-3', 'aws/lambda/request@eu-west-3'],
  ])('by the words "%s"', (words, sku) => {
    expect(skusOf(words)).toEqual([sku])
  })

  it('in their own region alone, whatever regions the page names that they come from', () => {
    expect(skusOf('arm64 gb-second us-east-1').every((sku) => sku.endsWith('@us-east-1'))).toBe(true)
  })

  it('all of them by no word, each once, sorted by SKU', () => {
    const skus = findPrices(BUNDLED, [], NOW).map(({ sku }) => sku)
    expect(skus).toHaveLength(BUNDLED.length)
    expect(skus).toEqual([...new Set(skus)].sort())
  })
})

describe('a found price', () => {
  it('says its age and whether it is too old to be charged', () => {
    const fetched = { fetchedAt: (NOW - 900_500) as EpochMs, validUntil: (NOW - 500) as EpochMs }
    const [found] = findPrices(snapshotPrices(['us-east-1'], fetched), ['GU2ZS9HVP6QTQ7KE'], NOW)
    expect(found).toMatchObject({ fetchedAt: '2026-11-24T08:44:59.500Z', ageSeconds: 900, stale: true })
    const [bundled] = findPrices(BUNDLED, ['GU2ZS9HVP6QTQ7KE'], NOW)
    expect(bundled).toMatchObject({ fetchedAt: null, ageSeconds: null, stale: false, source: 'snapshot' })
  })
})
