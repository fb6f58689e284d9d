import type { Sku } from '../../layers/core/rating/usage.ts'
import { NOW, priceBookOfBench } from './consumer.ts'

/** A list price of us-east-1, USD for one unit, and where it was read. */
export interface ListPrice {
  readonly usd: number
  readonly source: string
}

const SNAPSHOT = 'bundled snapshot'

/** The first tier's price in the snapshot that rating uses too. */
function bundled(family: string): ListPrice {
  const found = priceBookOfBench.lookup(`${family}@us-east-1` as Sku, NOW)
  if (!found.found) throw new Error(`the snapshot has no price of ${family} in us-east-1`)
  return { usd: Number(found.price.usd), source: `${SNAPSHOT}: \`${family}\`` }
}

const stated = (usd: number, source: string): ListPrice => ({ usd, source })

const MSK = 'aws.amazon.com/msk/pricing'
const DYNAMODB = 'aws.amazon.com/dynamodb/pricing'
const CLOUDWATCH = 'aws.amazon.com/cloudwatch/pricing'

/** What the bill is worked out with. What Tollgate rates comes from its own snapshot; the rest was read in November 2026. */
export const LIST_PRICES = {
  lambdaGbSecond: bundled('aws/lambda/gb-second/arm64'),
  lambdaRequest: bundled('aws/lambda/request'),
  pollerUnitHour: stated(0.185, 'Lambda guide, kafka-scaling-modes'),
  writeUnit: bundled('aws/dynamodb/write-unit'),
  readUnit: bundled('aws/dynamodb/read-unit'),
  writeCapacityHour: stated(0.00065, DYNAMODB),
  readCapacityHour: stated(0.00013, DYNAMODB),
  tableGbMonth: stated(0.25, DYNAMODB),
  backupGbMonth: stated(0.2, DYNAMODB),
  smallBrokerHour: stated(0.0456, `${MSK}: kafka.t3.small`),
  brokerHour: stated(0.204, `${MSK}: kafka.m7g.large`),
  brokerGbMonth: stated(0.1, MSK),
  zoneTransferGb: stated(0.02, 'aws.amazon.com/ec2/pricing/on-demand: 0.01 out and 0.01 in'),
  httpApiRequest: bundled('aws/apigateway/request/http'),
  notification: bundled('aws/sns/request/standard'),
  s3Put: bundled('aws/s3/request/tier1'),
  logGb: stated(0.5, CLOUDWATCH),
  metricMonth: stated(0.3, CLOUDWATCH),
  alarmMonth: stated(0.1, CLOUDWATCH),
  trace: stated(0.000005, 'aws.amazon.com/xray/pricing'),
} as const satisfies Record<string, ListPrice>

export type PriceName = keyof typeof LIST_PRICES
