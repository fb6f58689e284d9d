import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Candidate, FetchedPrices } from '../../../../layers/core/prices/fetched-prices.ts'
import { nextGeneration } from '../../../../layers/core/prices/next-generation.ts'
import type { Price } from '../../../../layers/core/prices/price.ts'
import { readPriceList } from '../../../../layers/core/prices/price-list-answer.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import {
  entryOf,
  type GivenProduct,
  LAMBDA_COMPUTE,
  LAMBDA_REQUEST,
  productEntry,
  S3_PUT,
  SNS_REQUEST,
} from './listed.ts'

const times = { fetchedAt: 1_000_000 as EpochMs, validUntil: 1_900_000 as EpochMs }
const read = (...entries: string[]): FetchedPrices => readPriceList(entries, ['us-east-1', 'eu-west-1'], times)
const sku = (text: string): Sku => text as Sku
const candidate = (fetched: FetchedPrices, of: string): Candidate | undefined =>
  fetched.candidates.find((found) => found.sku === of)
const priceIn = (fetched: FetchedPrices, of: string): Price | undefined => {
  const found = candidate(fetched, of)
  return found !== undefined && 'price' in found ? found.price : undefined
}
const faultIn = (fetched: FetchedPrices, of: string): string | undefined => {
  const found = candidate(fetched, of)
  return found !== undefined && 'fault' in found ? found.fault : undefined
}

const REQUEST = 'aws/lambda/request@us-east-1'
const COMPUTE = 'aws/lambda/gb-second/x86_64@us-east-1'
const SNS = 'aws/sns/request/standard@us-east-1'

describe('an answer of the Price List', () => {
  it('gives the first paid tier, keeps all tiers, and names where the price stands', () => {
    expect(priceIn(read(entryOf(LAMBDA_COMPUTE)), COMPUTE)).toEqual({
      sku: COMPUTE,
      usd: '0.0000166667',
      unit: 'GB-second',
      tiers: [
        { begin: '0', end: '6000000000', usd: '0.0000166667' },
        { begin: '6000000000', end: '15000000000', usd: '0.000015' },
        { begin: '15000000000', end: undefined, usd: '0.0000133334' },
      ],
      multiplier: '1',
      source: {
        kind: 'price-list',
        serviceCode: 'AWSLambda',
        usageType: 'Lambda-GB-Second',
        operation: '',
        rateCode: 'TG3M4CAGBA3NYQBH.JRTCKXETXF.A',
        published: '',
      },
      ...times,
    })
  })

  it('passes over the free tier, whether it is a band of the product or one of its own', () => {
    const global: GivenProduct = {
      ...LAMBDA_REQUEST,
      usageType: 'Global-Request',
      sku: 'FREE',
      bands: SNS_REQUEST.bands,
    }
    const fetched = read(entryOf(SNS_REQUEST), entryOf(LAMBDA_REQUEST), entryOf(global))
    expect(priceIn(fetched, SNS)?.usd).toBe('0.0000005')
    expect(priceIn(fetched, REQUEST)?.usd).toBe('0.0000002')
  })

  it('takes a null or absent price for 0 on an item that is called free, and says so', () => {
    const free = (usd: string | null): GivenProduct => ({
      ...LAMBDA_REQUEST,
      bands: [{ begin: '0', end: 'Inf', usd, description: 'Requests of this feature are free' }],
    })
    const price = priceIn(read(entryOf(free(null))), REQUEST)
    expect([price?.usd, price?.source.kind]).toEqual(['0', 'free-tier'])
    expect(priceIn(read(entryOf(free('0.0000000000'))), REQUEST)?.usd).toBe('0')
    const tier = {
      ...SNS_REQUEST,
      bands: SNS_REQUEST.bands.map((band, place) => (place === 0 ? { ...band, usd: null } : band)),
    }
    expect(priceIn(read(entryOf(tier)), SNS)?.usd).toBe('0.0000005')
  })

  it.each([
    ['null', null, 'no-price'],
    ['zero', '0.0000000000', 'zero'],
    ['negative', '-0.0000002', 'tiers'],
    ['no number', 'NaN', 'tiers'],
  ])('has no price where the figure of a paid item is %s', (_, usd, fault) => {
    const product = { ...LAMBDA_REQUEST, bands: LAMBDA_REQUEST.bands.map((band) => ({ ...band, usd })) }
    expect(faultIn(read(entryOf(product)), REQUEST)).toBe(fault)
  })

  it('does not call free what is priced beyond the free tier', () => {
    const bands = [{ begin: '0', end: 'Inf', usd: null, description: 'data transfer out beyond the global free tier' }]
    expect(faultIn(read(entryOf({ ...LAMBDA_REQUEST, bands })), REQUEST)).toBe('no-price')
  })

  it('finds usage types behind the prefix of a region, and not behind any other', () => {
    const prefixed = (usageType: string, region: string): string => entryOf({ ...LAMBDA_REQUEST, usageType, region })
    expect(priceIn(read(prefixed('USE1-Request', 'us-east-1')), REQUEST)).toBeDefined()
    expect(priceIn(read(prefixed('us-east-1-Request', 'us-east-1')), REQUEST)).toBeDefined()
    expect(priceIn(read(prefixed('EU-Request', 'eu-west-1')), 'aws/lambda/request@eu-west-1')).toBeDefined()
    for (const other of ['Lambda-Edge-Request', 'IA-Request', 'Global-Request', 'MyRequest']) {
      expect(candidate(read(prefixed(other, 'us-east-1')), REQUEST), other).toBeUndefined()
    }
  })

  it('tells products of one usage type apart by their attributes', () => {
    const queue = (queueType: string, usd: string, sku: string): string =>
      entryOf({
        ...LAMBDA_REQUEST,
        sku,
        serviceCode: 'AWSQueueService',
        usageType: 'Requests-RBP',
        attributes: { queueType },
        bands: [{ begin: '0', end: 'Inf', usd }],
      })
    const fetched = read(queue('Standard', '0.0000004', 'A'), queue('FIFO (first-in, first-out)', '0.0000005', 'B'))
    expect(priceIn(fetched, 'aws/sqs/request/standard@us-east-1')?.usd).toBe('0.0000004')
    expect(priceIn(fetched, 'aws/sqs/request/fifo@us-east-1')?.usd).toBe('0.0000005')
  })

  it('does not choose between two products with different prices', () => {
    const dearer = { ...LAMBDA_REQUEST, sku: 'OTHER', bands: [{ begin: '0', end: 'Inf', usd: '0.0000003' }] }
    expect(faultIn(read(entryOf(LAMBDA_REQUEST), entryOf(dearer)), REQUEST)).toBe('ambiguous')
  })

  it('is at fault as a whole when it is empty, cut short, or in another currency', () => {
    const chinese = productEntry(LAMBDA_REQUEST)
    const text = JSON.stringify(chinese).replace('"USD"', '"CNY"')
    expect(read().faults.map(({ fault }) => fault)).toEqual(['empty'])
    expect(read(entryOf(S3_PUT), entryOf(LAMBDA_REQUEST).slice(0, -9)).faults.map(({ fault }) => fault)).toEqual([
      'truncated',
    ])
    expect(read(entryOf(S3_PUT), text).faults.map(({ fault }) => fault)).toEqual(['not-usd'])
  })
})

/** What can happen to one entry, and what the book must then not hold. */
interface Mutation {
  readonly name: string
  readonly apply: (entry: ReturnType<typeof productEntry>) => string
}

type Entry = ReturnType<typeof productEntry>
type Dimension = { pricePerUnit: unknown; unit: unknown; beginRange: string; endRange: string }

const dimensionsOf = (entry: Entry): Record<string, Dimension> => {
  const onDemand = entry.terms.OnDemand as Record<string, { priceDimensions: Record<string, Dimension> }>
  return Object.values(onDemand)[0]?.priceDimensions ?? {}
}

const eachDimension =
  (change: (dimension: Dimension) => void) =>
  (entry: Entry): string => {
    for (const dimension of Object.values(dimensionsOf(entry))) change(dimension)
    return JSON.stringify(entry)
  }

/** Removes the n-th of all properties, in the order in which they stand. */
function withoutField(entry: Entry, wanted: number): string {
  let seen = -1
  return JSON.stringify(entry, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).filter(() => ++seen !== wanted))
  })
}

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.nat(40).map((place) => ({ name: `without field ${place}`, apply: (entry: Entry) => withoutField(entry, place) })),
  fc
    .nat(400)
    .map((cut) => ({ name: `cut by ${cut + 1}`, apply: (entry: Entry) => JSON.stringify(entry).slice(0, -cut - 1) })),
  fc.constantFrom(
    {
      name: 'null price',
      apply: eachDimension((dimension) => {
        dimension.pricePerUnit = { USD: null }
      }),
    },
    {
      name: 'null prices',
      apply: eachDimension((dimension) => {
        dimension.pricePerUnit = null
      }),
    },
    {
      name: 'no prices',
      apply: eachDimension((dimension) => {
        dimension.pricePerUnit = {}
      }),
    },
    {
      name: 'other currency',
      apply: eachDimension((dimension) => {
        dimension.pricePerUnit = { CNY: '0.0000014' }
      }),
    },
    {
      name: 'other unit',
      apply: eachDimension((dimension) => {
        dimension.unit = '1M requests'
      }),
    },
    {
      name: 'reserved',
      apply: (entry: Entry) => JSON.stringify({ ...entry, terms: { Reserved: entry.terms.OnDemand } }),
    },
    {
      name: 'shifted tiers',
      apply: eachDimension((dimension) => {
        dimension.beginRange = `1${dimension.beginRange}`
      }),
    },
    {
      name: 'swapped ranges',
      apply: eachDimension((dimension) => {
        ;[dimension.beginRange, dimension.endRange] = [dimension.endRange, dimension.beginRange]
      }),
    },
  ),
  fc.constantFrom('11', '0.0099', '1000000').map((factor) => ({
    name: `times ${factor}`,
    apply: eachDimension((dimension) => {
      const { USD } = dimension.pricePerUnit as { USD: string }
      dimension.pricePerUnit = { USD: (Number(USD) * Number(factor)).toFixed(16) }
    }),
  })),
)

describe('a refresh', () => {
  const products = [LAMBDA_REQUEST, LAMBDA_COMPUTE, S3_PUT, SNS_REQUEST]
  const good = nextGeneration(read(...products.map(entryOf)), new Map())
  if (good.refused !== undefined) throw new Error('the good answer is refused')
  const last = new Map(good.prices.map((price) => [price.sku, price]))
  const later = { fetchedAt: 1_600_000 as EpochMs, validUntil: 2_500_000 as EpochMs }

  it('never lets a mutated answer into the book: every price there is the last accepted or the same again', () => {
    fc.assert(
      fc.property(mutation, fc.nat(products.length - 1), ({ apply }, place) => {
        const entries = products.map((product, at) => (at === place ? apply(productEntry(product)) : entryOf(product)))
        const next = nextGeneration(readPriceList(entries, ['us-east-1', 'eu-west-1'], later), last)
        if (next.refused !== undefined) return
        // Whatever happened to one product, each SKU has the figure it had, and the others are renewed.
        expect(new Map(next.prices.map(({ sku, usd }) => [sku, usd]))).toEqual(
          new Map([...last.values()].map(({ sku, usd }) => [sku, usd])),
        )
        expect(next.prices.filter(({ validUntil }) => validUntil === later.validUntil)).toHaveLength(next.accepted)
        expect(next.accepted).toBeGreaterThanOrEqual(products.length - 1)
        expect(next.accepted + next.kept.length).toBe(products.length)
      }),
      { numRuns: 500 },
    )
  })

  it('never lets one of its prices in where there is no last accepted one to fall back on', () => {
    const wrong: readonly Mutation['name'][] = [
      'null price',
      'null prices',
      'no prices',
      'other unit',
      'reserved',
      'shifted tiers',
      'swapped ranges',
    ]
    fc.assert(
      fc.property(
        mutation.filter(({ name }) => wrong.includes(name)),
        ({ apply }) => {
          const next = nextGeneration(read(apply(productEntry(LAMBDA_COMPUTE)), entryOf(S3_PUT)), new Map())
          expect(next.refused === undefined && next.prices.map(({ sku }) => sku)).toEqual([
            'aws/s3/request/tier1@us-east-1',
          ])
        },
      ),
    )
  })

  it('takes tiers in whatever order they are listed', () => {
    const reordered = { ...LAMBDA_COMPUTE, bands: LAMBDA_COMPUTE.bands.toReversed() }
    expect(priceIn(read(entryOf(reordered)), COMPUTE)?.usd).toBe('0.0000166667')
  })

  it('refuses tiers whose prices were exchanged: they get dearer with volume', () => {
    const [first, second, third] = LAMBDA_COMPUTE.bands
    if (first === undefined || second === undefined || third === undefined) throw new Error('three bands')
    const exchanged = { ...LAMBDA_COMPUTE, bands: [{ ...first, usd: third.usd }, second, { ...third, usd: first.usd }] }
    expect(faultIn(read(entryOf(exchanged)), COMPUTE)).toBe('tiers')
  })

  it('keeps what is gone, and drops without a word what nobody asks for any more', () => {
    const fetched = readPriceList([entryOf(S3_PUT)], ['us-east-1'], later)
    const elsewhere = { ...(last.get(sku(REQUEST)) as Price), sku: sku('aws/lambda/request@sa-east-1') }
    const next = nextGeneration(fetched, new Map([...last, [elsewhere.sku, elsewhere]]))
    if (next.refused !== undefined) throw new Error('refused')
    expect(next.kept.map(({ sku, fault }) => [sku, fault]).sort()).toEqual(
      [REQUEST, COMPUTE, SNS].map((gone) => [gone, 'gone']).sort(),
    )
    expect(next.prices.find(({ sku }) => sku === REQUEST)?.validUntil).toBe(times.validUntil)
  })

  it('accepts a price ten times as high and not a digit more', () => {
    const at = (usd: string): string => entryOf({ ...LAMBDA_REQUEST, bands: [{ begin: '0', end: 'Inf', usd }] })
    const judged = (usd: string) => nextGeneration(read(at(usd)), last)
    const usdIn = (next: ReturnType<typeof judged>): string | undefined =>
      next.refused === undefined ? next.prices.find(({ sku }) => sku === REQUEST)?.usd : undefined
    expect(usdIn(judged('0.000002'))).toBe('0.000002')
    expect(usdIn(judged('0.00000002'))).toBe('0.00000002')
    // Nothing else is in these answers, so one odd price is all there is: nothing is accepted.
    expect(judged('0.0000020001').refused?.map(({ fault }) => fault)).toEqual(['empty'])
    expect(judged('0.0000000199').refused?.map(({ fault }) => fault)).toEqual(['empty'])
  })
})
