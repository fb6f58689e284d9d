import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { readPriceFile } from '../../../cli/offline/price-file.ts'
import { UnusableFile } from '../../../cli/offline/read-json.ts'

const folder = mkdtempSync(join(tmpdir(), 'tollgate-prices-'))
afterAll(() => rmSync(folder, { recursive: true }))
const FETCHED = Date.UTC(2026, 10, 1)

function file(content: unknown): string {
  const path = join(folder, 'prices.json')
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  utimesSync(path, FETCHED / 1000, FETCHED / 1000)
  return path
}

/** One product as GetProducts gives it, and as an offer file does. */
const product = {
  sku: 'GU2ZS9HVP6QTQ7KE',
  attributes: { servicecode: 'AWSLambda', usagetype: 'Request', regionCode: 'us-east-1', operation: 'Invoke' },
}
const termsOf = (usd: string | null, currency = 'USD') => ({
  'GU2ZS9HVP6QTQ7KE.JRTCKXETXF': {
    priceDimensions: {
      'GU2ZS9HVP6QTQ7KE.JRTCKXETXF.6YS6EN2CT7': {
        unit: 'Requests',
        beginRange: '0',
        endRange: 'Inf',
        rateCode: 'GU2ZS9HVP6QTQ7KE.JRTCKXETXF.6YS6EN2CT7',
        description: 'AWS Lambda - Requests',
        pricePerUnit: { [currency]: usd },
      },
    },
  },
})
const entry = (usd: string | null, currency = 'USD') => ({
  serviceCode: 'AWSLambda',
  product,
  terms: { OnDemand: termsOf(usd, currency) },
})

describe('a file of prices', () => {
  it.each<[string, unknown]>([
    ['an answer of GetProducts', { FormatVersion: 'aws_v1', PriceList: [JSON.stringify(entry('0.0000002000'))] }],
    ['its list', [JSON.stringify(entry('0.0000002000'))]],
    ['its list, parsed', [entry('0.0000002000')]],
    [
      'an offer file',
      {
        offerCode: 'AWSLambda',
        products: { GU2ZS9HVP6QTQ7KE: product },
        terms: { OnDemand: { GU2ZS9HVP6QTQ7KE: termsOf('0.0000002000') } },
      },
    ],
  ])('may be %s', async (_, content) => {
    expect(await readPriceFile(file(content))).toMatchObject({
      prices: [
        {
          sku: 'aws/lambda/request@us-east-1',
          usd: '0.0000002',
          unit: 'request',
          fetchedAt: FETCHED,
          source: { kind: 'price-list', rateCode: 'GU2ZS9HVP6QTQ7KE.JRTCKXETXF.6YS6EN2CT7' },
        },
      ],
      complaints: [],
    })
  })

  it.each<[string, unknown]>([
    ['USD by SKU', { 'aws/lambda/request@us-east-1': '0.0000002' }],
    ['with numbers', { 'aws/lambda/request@us-east-1': 2e-7 }],
    ['a list', [{ sku: 'aws/lambda/request@us-east-1', usd: '2.0e-7', unit: 'request' }]],
  ])('may be plain: %s', async (_, content) => {
    expect(await readPriceFile(file(content))).toMatchObject({
      prices: [{ sku: 'aws/lambda/request@us-east-1', usd: '0.0000002', unit: 'request', fetchedAt: FETCHED }],
    })
  })

  it('names a product whose price cannot be used, and has none for its SKU', async () => {
    const path = file([JSON.stringify(entry(null))])
    expect(await readPriceFile(path)).toEqual({
      prices: [],
      complaints: [expect.stringContaining('aws/lambda/request@us-east-1 has no usable price (no-price)')],
    })
  })

  it.each<[string, unknown, string]>([
    ['another currency', [JSON.stringify(entry('1.40', 'CNY'))], 'refused (not-usd)'],
    ['a torn entry', [JSON.stringify(entry('0.0000002')).slice(0, 200)], 'refused (truncated)'],
    ['an empty answer', { PriceList: [] }, 'refused (empty)'],
    ['no JSON', '{', 'it is no JSON'],
    ['something else', { name: 'tollgate', version: { major: 1 } }, 'it holds no prices'],
    ['an unknown SKU', { 'aws/lambda/requests@us-east-1': '1' }, 'no meter counts'],
    ['a SKU without its region', { 'aws/lambda/request': '1' }, 'no meter counts'],
    [
      'another unit',
      [{ sku: 'aws/lambda/request@us-east-1', usd: '0.2', unit: '1M requests' }],
      'is priced by the request',
    ],
    ['no number', { 'aws/lambda/request@us-east-1': 'free' }, '"free" is no price of'],
    ['a negative number', { 'aws/lambda/request@us-east-1': '-1' }, '"-1" is no price of'],
  ])('is refused whole, with its reason: %s', async (_, content, why) => {
    const reading = readPriceFile(file(content))
    await expect(reading).rejects.toBeInstanceOf(UnusableFile)
    await expect(reading).rejects.toThrow(why)
  })
})

const pricing = fileURLToPath(new URL('../../../../shared/data/pricing/', import.meta.url))

describe.skipIf(!existsSync(pricing))('public answers (only where the data folder is)', () => {
  it('passes over products that no SKU stands for', async () => {
    const read = await readPriceFile(join(pricing, 'get-products-ebs-piops.json'))
    expect(read).toEqual({ prices: [], complaints: [] })
  })
})
