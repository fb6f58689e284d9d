import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { divideHalfUp, parseDecimal, parseUsd } from '../../../../layers/core/money/picodollars.ts'
import { nextGeneration } from '../../../../layers/core/prices/next-generation.ts'
import { createPriceBook } from '../../../../layers/core/prices/price-book.ts'
import { readPriceList } from '../../../../layers/core/prices/price-list-answer.ts'
import { costOf } from '../../../../layers/core/prices/price-usage.ts'
import { SKU_FAMILIES, skuIn, unitOf } from '../../../../layers/core/prices/sku.ts'
import { snapshotPrices } from '../../../../layers/core/prices/snapshot/snapshot-prices.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { csvRecords } from './csv-records.ts'
import { entryOf } from './listed.ts'
import { priceOf } from './prices.ts'

const data = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url))
const read = (path: string): string => readFileSync(data + path, 'utf8')
const times = { fetchedAt: 0 as EpochMs, validUntil: 900_000 as EpochMs }
const there = existsSync(data)

/** The quantity in quanta, where it is a whole number of them. AWS keeps ten decimals; a quantum may be finer or coarser. */
function quanta(quantity: string, sku: Sku): bigint | undefined {
  const { digits, scale } = parseDecimal(quantity)
  const scaled = digits * unitOf(sku).quantaPerUnit
  return scaled % 10n ** BigInt(scale) === 0n ? scaled / 10n ** BigInt(scale) : undefined
}

describe.skipIf(!there)('bills of AWS (skipped where the shared data is not)', () => {
  /** Quantity, unit price and cost of a bill line, as AWS computed it. */
  interface BillLine {
    readonly what: string
    readonly quantity: string
    readonly usd: string
    readonly cost: string
  }

  const focus = (): readonly BillLine[] =>
    csvRecords(read('bills/focus-1.0-sample-aws.csv'))
      .filter((row) => [row.PricingQuantity, row.ListUnitPrice, row.ListCost].every((field) => field !== 'NULL'))
      .map((row) => ({
        what: `${row.ServiceName} ${row.SkuPriceId}`,
        quantity: row.PricingQuantity ?? '',
        usd: row.ListUnitPrice ?? '',
        cost: row.ListCost ?? '',
      }))

  const cur = (): readonly BillLine[] =>
    csvRecords(read('bills/cur-2023-11.csv'))
      .filter((row) =>
        [row['lineItem/UsageAmount'], row['pricing/publicOnDemandRate'], row['pricing/publicOnDemandCost']].every(
          (field) => field !== '',
        ),
      )
      .map((row) => ({
        what: `${row['lineItem/ProductCode']} ${row['lineItem/UsageType']}`,
        quantity: row['lineItem/UsageAmount'] ?? '',
        usd: row['pricing/publicOnDemandRate'] ?? '',
        cost: row['pricing/publicOnDemandCost'] ?? '',
      }))

  it.each([
    ['the FOCUS sample of September 2024', focus, 900],
    ['the Cost and Usage Report of November 2023', cur, 900],
  ])('quantity times price is the figure of %s, within half of 10^-10 dollar', (_, lines, atLeast) => {
    const priced = lines()
    // Bill quantities have up to ten decimals; a SKU that nobody knows is counted in units of 1, so scale the price.
    const scale = 10n ** 15n
    for (const { what, quantity, usd, cost } of priced) {
      const { digits, scale: decimals } = parseDecimal(quantity)
      const units = (digits * scale) / 10n ** BigInt(decimals)
      const exact = costOf(units, priceOf(`bill/${what}` as Sku, usd))
      const apart = exact - parseUsd(cost) * scale
      expect((apart < 0n ? -apart : apart) <= 50n * scale, `${what}: ${quantity} x ${usd} = ${cost}`).toBe(true)
    }
    expect(priced.length).toBeGreaterThan(atLeast)
  })

  it('are met to the digit by rated quantities, where AWS billed whole quanta', () => {
    const rated: readonly (readonly [string, string])[] = [
      ['GU2ZS9HVP6QTQ7KE', 'aws/lambda/request@us-east-1'],
      ['TG3M4CAGBA3NYQBH', 'aws/lambda/gb-second/x86_64@us-east-1'],
      ['XCU6U9G4FCKZQWG9', 'aws/lambda/gb-second/x86_64@us-west-2'],
      ['MP7NQ6MSH3HNCZP6', 'aws/lambda/provisioned-gb-second/x86_64@us-west-2'],
      ['XMHKSF96BVDUEV9U', 'aws/states/transition@us-west-2'],
      ['EKCCQUSFCBDDTKTS', 'aws/fargate/vcpu-hour/x86_64@us-west-2'],
      ['NTC2QZFJW79R5XVK', 'aws/fargate/gb-hour/x86_64@us-west-2'],
      ['TAE28FJERF797NWS', 'aws/fargate/gb-hour/arm64@us-west-2'],
      ['ZSV7PSV36PVSDE32', 'aws/sqs/request/standard@eu-central-1'],
      ['G95FST5FTYV3JSRX', 'aws/sqs/request/standard@us-west-2'],
      ['D4PMUVH6F64HK2D6', 'aws/s3/request/tier1@us-west-2'],
      ['ZWQ6Q48CRJXX4FXE', 'aws/s3/request/tier2@us-east-1'],
      ['E77AQEM2DC4VV3FC', 'aws/s3/request/tier2@us-west-2'],
    ]
    const book = createPriceBook(snapshotPrices(['us-east-1', 'us-west-2', 'eu-central-1'], times), 'snapshot')
    let met = 0
    for (const { what, quantity, cost } of focus()) {
      const sku = rated.find(([code]) => what.includes(code))?.[1] as Sku | undefined
      const whole = sku === undefined ? undefined : quanta(quantity, sku)
      if (sku === undefined || whole === undefined) continue
      const found = book.lookup(sku, times.fetchedAt)
      if (!found.found) throw new Error(`${sku} is not in the snapshot`)
      const apart = costOf(whole, found.price) - parseUsd(cost)
      expect(apart >= -50n && apart <= 50n, `${what} ${quantity} ${cost}`).toBe(true)
      met++
    }
    expect(met).toBeGreaterThan(20)
  })
})

describe.skipIf(!there)('the figures of worked-examples.md (skipped where the shared data is not)', () => {
  const tables = there
    ? read('worked-examples.md')
        .split('\n')
        .filter((line) => /^\| [BC]\d/.test(line))
    : []
  const cells = (line: string): readonly string[] => line.split('|').map((cell) => cell.trim())
  const figure = (text: string): string => /\$?([\d.]+)/.exec(text.replaceAll(',', ''))?.[1] ?? ''

  it.each(tables.filter((line) => line.startsWith('| B')).map((line) => [cells(line)[1], line]))(
    '%s is exact, and rounds to what AWS billed',
    (_, line) => {
      const [, , , , quantity = '', usd = '', exact = '', billed = ''] = cells(line as string)
      const { digits, scale } = parseDecimal(figure(quantity))
      // The exact product has at most 25 decimals: count in units of 10^-10 and put the digits back.
      const fine = 10n ** 13n
      const price = priceOf('bill/line' as Sku, figure(usd))
      const units = (digits * 10n ** 10n) / 10n ** BigInt(scale)
      const cost = costOf(units * fine, price)
      const { digits: wantedDigits, scale: wantedScale } = parseDecimal(figure(exact))
      expect(cost).toBe((wantedDigits * 10n ** 35n) / 10n ** BigInt(wantedScale))
      expect(divideHalfUp(cost, 10n ** 25n)).toBe(divideHalfUp(parseUsd(figure(billed)), 100n))
    },
  )

  it.each(tables.filter((line) => line.startsWith('| C')).map((line) => [cells(line)[1], line]))(
    '%s is exact',
    (_, line) => {
      const [, , , , quantity = '', usd = '', exact = ''] = cells(line as string)
      const { digits, scale } = parseDecimal(figure(quantity))
      const cost = costOf(digits, priceOf('bill/line' as Sku, figure(usd)))
      expect(cost).toBe(parseUsd(figure(exact)) * 10n ** BigInt(scale))
    },
  )
})

describe("AWS's own examples (worked-examples.md, A)", () => {
  it('A1: 3,000,000 invocations of 1 s at 512 MB, less the free tier, are $18.337 and $0.40', () => {
    const compute = priceOf(skuIn('aws/lambda/gb-second/x86_64', 'us-east-1'), '0.00001667')
    const requests = priceOf(skuIn('aws/lambda/request', 'us-east-1'), '0.0000002')
    const used = 3_000_000n * 1_000n * 512n - 400_000n * 1_024_000n
    expect(costOf(used, compute)).toBe(parseUsd('18.337'))
    expect(costOf(3_000_000n - 1_000_000n, requests)).toBe(parseUsd('0.4'))
  })

  it('A5: a million input tokens and half a million output tokens are $0.80 each', () => {
    const model = (meter: string): Sku => `model/aws.bedrock/example/${meter}@us-east-1` as Sku
    expect(costOf(1_000_000n, priceOf(model('input-token'), '0.0000008'))).toBe(parseUsd('0.8'))
    expect(costOf(500_000n, priceOf(model('output-token'), '0.0000016'))).toBe(parseUsd('0.8'))
  })
})

describe.skipIf(!there)('real answers of models (skipped where the shared data is not)', () => {
  interface Case {
    readonly model?: string
    readonly extracted?: readonly {
      readonly usage: Readonly<Record<string, number>>
      readonly extractors: readonly { provider_id: string; input_price?: string; output_price?: string }[]
    }[]
  }

  it('cost what genai-prices computes for Bedrock, for every model of the snapshot among them', () => {
    const book = createPriceBook(snapshotPrices(['us-east-1'], times), 'snapshot')
    let met = 0
    for (const { model, extracted = [] } of JSON.parse(read('pricing/genai-usage-to-price.json')) as Case[]) {
      for (const { usage, extractors } of extracted) {
        const said = extractors.find((found) => found.provider_id === 'aws' && found.input_price !== undefined)
        const input = (usage.input_tokens ?? 0) - (usage.cache_read_tokens ?? 0) - (usage.cache_write_tokens ?? 0)
        const meters: readonly (readonly [string, number])[] = [
          ['input-token', input],
          ['output-token', usage.output_tokens ?? 0],
          ['cache-read-token', usage.cache_read_tokens ?? 0],
          ['cache-write-token', usage.cache_write_tokens ?? 0],
        ]
        const lines = meters
          .filter(([, quantity]) => quantity > 0)
          .map(([meter, quantity]) => {
            const sku = `model/aws.bedrock/anthropic.${model}-v1:0/${meter}@us-east-1` as Sku
            return { quantity, found: book.lookup(sku, times.fetchedAt) }
          })
        if (said === undefined || lines.length === 0) continue
        if (!lines.every(({ found }) => found.found)) continue
        const cost = lines.reduce(
          (sum, { quantity, found }) => sum + (found.found ? costOf(BigInt(quantity), found.price) : 0n),
          0n,
        )
        expect(cost, `${model} ${JSON.stringify(usage)}`).toBe(
          parseUsd(said.input_price ?? '0') + parseUsd(said.output_price ?? '0'),
        )
        met++
      }
    }
    expect(met).toBeGreaterThan(5)
  })
})

describe.skipIf(!there)('the answers in shared data (skipped where they are not)', () => {
  it('refuse an answer whose products no SKU family knows: there is nothing to book with', () => {
    const { PriceList } = JSON.parse(read('pricing/get-products-ebs-piops.json')) as { PriceList: string[] }
    const fetched = readPriceList(PriceList, ['ap-southeast-1'], times)
    expect([fetched.candidates, fetched.faults]).toEqual([[], []])
    expect(nextGeneration(fetched, new Map()).refused?.map(({ fault }) => fault)).toEqual(['empty'])
  })

  it('refuse what is no answer of the Price List, file by file, with a reason', () => {
    const files = readdirSync(`${data}pricing`).filter(
      (file) => /\.(csv|json)$/.test(file) && !file.startsWith('get-products'),
    )
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) {
      const fetched = readPriceList([read(`pricing/${file}`)], ['us-east-1'], times)
      const refused = nextGeneration(fetched, new Map()).refused
      expect(
        refused?.map(({ fault }) => fault),
        file,
      ).toEqual([file.endsWith('.csv') ? 'truncated' : 'empty'])
    }
  })

  it("load the rates of the Cost and Usage Report, given in the API's shape, into a book at AWS's figures", () => {
    const rows = csvRecords(read('pricing/aws-rates-from-cur-2023-11.csv')).filter(
      ({ region, public_on_demand_rate: rate }) => region !== '' && Number(rate) > 0,
    )
    const entries = rows.map((row) =>
      entryOf({
        serviceCode: row.product_code ?? '',
        usageType: row.usage_type ?? '',
        unit: row.unit ?? '',
        region: row.region ?? '',
        sku: row.sku ?? '',
        attributes: row.product_code === 'AWSQueueService' ? { queueType: 'Standard' } : {},
        bands: [{ begin: '0', end: 'Inf', usd: row.public_on_demand_rate ?? '' }],
      }),
    )
    const regions = [...new Set(rows.map(({ region }) => region ?? ''))]
    const next = nextGeneration(readPriceList(entries, regions, times), new Map())
    if (next.refused !== undefined) throw new Error(next.refused.map(({ detail }) => detail).join())
    expect(next.kept).toEqual([])
    const book = createPriceBook(next.prices, 'cur')
    const usdOf = (family: string, region: string): string | undefined => {
      const found = book.lookup(skuIn(family, region), times.fetchedAt)
      return found.found ? found.price.usd : undefined
    }
    expect(usdOf('aws/s3/request/tier1', 'ca-central-1')).toBe('0.0000055')
    expect(usdOf('aws/s3/request/tier2', 'us-west-2')).toBe('0.0000004')
    expect(usdOf('aws/kms/request', 'ca-central-1')).toBe('0.000003')
    expect(usdOf('aws/sqs/request/standard', 'eu-west-1')).toBe('0.0000004')
    expect(usdOf('aws/sns/request/standard', 'us-east-1')).toBe('0.0000005')
    // 17 regions of SQS and SNS each, three of S3 twice, one of KMS: nothing that is not a family's got in.
    expect(next.prices.length).toBe(17 + 17 + 6 + 1)
    expect(next.prices.every(({ sku }) => SKU_FAMILIES.some(({ family }) => sku.startsWith(`${family}@`)))).toBe(true)
  })

  it("load the offer file of eu-west-1, given in the API's shape, without a price that no rater asks for", () => {
    const entries = csvRecords(read('pricing/ec2-on-demand-eu-west-1.csv')).map((row) =>
      entryOf({
        serviceCode: row.service_code ?? '',
        usageType: row.usage_type ?? '',
        unit: row.unit ?? '',
        region: row.region ?? '',
        sku: row.sku ?? '',
        bands: [{ begin: '0', end: 'Inf', usd: row.price_per_unit ?? '' }],
      }),
    )
    expect(readPriceList(entries, ['eu-west-1'], times).candidates).toEqual([])
  })
})
