import { describe, expect, it } from 'vitest'
import { familyOf, regionOf, SKU_FAMILIES, skuIn, TOKEN_METERS, unitOf } from '../../../../layers/core/prices/sku.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'

describe('unitOf', () => {
  it.each([
    ['aws/lambda/gb-second/arm64@us-east-1', 'GB-second', 1_024_000n],
    ['aws/lambda/request@eu-west-1', 'request', 1n],
    ['aws/fargate/vcpu-hour/x86_64@us-west-2', 'vCPU-hour', 1024n * 3_600_000n],
    ['aws/fargate/gb-hour/arm64@us-west-2', 'GB-hour', 1024n * 3_600_000n],
    ['aws/dynamodb/read-unit@us-east-1', 'request unit', 10n],
    ['aws/data-transfer/internet-out@us-east-1', 'GB', 1024n ** 3n],
    ['rate/prod/checkout/GET /x@y', 'ms', 1_000_000n],
    ['edge/declared', 'USD', 10n ** 12n],
    ['model/aws.bedrock/anthropic.claude-3-7-sonnet-20250219-v1:0/input-token@us-east-1', 'token', 1n],
    ['model/openai/gpt-4o/output-token', 'token', 1n],
    ['unknown/whatever', 'unit', 1n],
    ['', 'unit', 1n],
    ['constructor', 'unit', 1n],
  ])('counts %s in %s of %s quanta', (sku, unit, quantaPerUnit) => {
    expect(unitOf(sku as Sku)).toMatchObject({ unit, quantaPerUnit })
  })

  it('knows every family of the table in every region', () => {
    for (const row of SKU_FAMILIES)
      expect(unitOf(skuIn(row.family, 'ap-south-1'))).toMatchObject({
        unit: row.unit,
        quantaPerUnit: row.quantaPerUnit,
      })
  })
})

describe('the table of families', () => {
  it('names no family twice, and no usage type with the same filters twice', () => {
    const families = SKU_FAMILIES.map((row) => row.family)
    expect(new Set(families).size).toBe(families.length)
    const keys = SKU_FAMILIES.flatMap((row) =>
      row.usageTypes.map((usageType) => JSON.stringify([row.serviceCode, usageType, row.attributes])),
    )
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('keeps family and region of a SKU apart, and an operation with an @ whole', () => {
    expect(familyOf(skuIn('aws/s3/request/tier1', 'eu-west-1'))).toBe('aws/s3/request/tier1')
    expect(regionOf(skuIn('aws/s3/request/tier1', 'eu-west-1'))).toBe('eu-west-1')
    expect(familyOf('rate/a/GET /b@c' as Sku)).toBe('rate/a/GET /b@c')
    expect(regionOf('rate/a/GET /b@c' as Sku)).toBe('')
    expect(regionOf(`model/openai/gpt-4o/${TOKEN_METERS[0]}` as Sku)).toBe('')
  })
})
