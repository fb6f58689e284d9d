import type { Sku } from '../rating/usage.ts'

/** How a SKU is counted and how it is priced: `quantity / quantaPerUnit` units of `unit`. */
export interface SkuUnit {
  /** The unit of the price, as people read it: `GB-second`, `request`, `ms`. */
  readonly unit: string
  /** How many quanta make one unit. */
  readonly quantaPerUnit: bigint
  /** The whole number that usage counts: `MB-millisecond`, `tenth of a unit`, `byte`. */
  readonly quantum: string
}

/** One row of the table below: a family of SKUs (one a region) and where the Price List keeps its price. */
export interface SkuFamily extends SkuUnit {
  /** What stands before `@` in the SKU. */
  readonly family: string
  /** The Price List's service code (GetProducts `ServiceCode`). */
  readonly serviceCode: string
  /**
   * Usage types, whole but for the region's prefix (none, `USE1-`, `EU-`, `EUC1-`, `us-east-1-`); any of them. A prefix
   * that is no region's (`IA-`, `Lambda-Edge-`) names another product.
   */
  readonly usageTypes: readonly string[]
  /** The unit in the Price List's price dimension, any of them, compared without case. */
  readonly listUnits: readonly string[]
  /** Further product attributes that must be equal, where the usage type alone is ambiguous. */
  readonly attributes: Readonly<Record<string, string>>
}

const GB_SECOND = { unit: 'GB-second', quantaPerUnit: 1_024_000n, quantum: 'MB-millisecond' }
/** An ECS vCPU is 1,024 CPU units, an hour 3,600,000 ms. */
const VCPU_HOUR = { unit: 'vCPU-hour', quantaPerUnit: 3_686_400_000n, quantum: 'CPU-unit-millisecond' }
const GB_HOUR = { unit: 'GB-hour', quantaPerUnit: 3_686_400_000n, quantum: 'MB-millisecond' }
const REQUEST = { unit: 'request', quantaPerUnit: 1n, quantum: 'request' }
const CAPACITY_UNIT = { unit: 'request unit', quantaPerUnit: 10n, quantum: 'tenth of a request unit' }

const LAMBDA_SECONDS = ['Lambda-GB-Second', 'Lambda-GB-Seconds', 'Second', 'Seconds']
const REQUESTS = ['Requests', 'Request']

/**
 * Every family that raters emit and the Price List prices. Codes and usage types: FACTS of the Price List's offer files
 * (AWSLambda, AmazonECS, AmazonDynamoDB ... , us-east-1); rows are `@region` at run time.
 */
export const SKU_FAMILIES: readonly SkuFamily[] = [
  listed('aws/lambda/request', REQUEST, 'AWSLambda', ['Request', 'Request-ARM'], REQUESTS),
  listed('aws/lambda/gb-second/x86_64', GB_SECOND, 'AWSLambda', ['Lambda-GB-Second'], LAMBDA_SECONDS),
  listed('aws/lambda/gb-second/arm64', GB_SECOND, 'AWSLambda', ['Lambda-GB-Second-ARM'], LAMBDA_SECONDS),
  listed(
    'aws/lambda/provisioned-gb-second/x86_64',
    GB_SECOND,
    'AWSLambda',
    ['Lambda-Provisioned-GB-Second'],
    LAMBDA_SECONDS,
  ),
  listed(
    'aws/lambda/provisioned-gb-second/arm64',
    GB_SECOND,
    'AWSLambda',
    ['Lambda-Provisioned-GB-Second-ARM'],
    LAMBDA_SECONDS,
  ),
  listed(
    'aws/lambda/storage-gb-second/x86_64',
    GB_SECOND,
    'AWSLambda',
    ['Lambda-Storage-GB-Second'],
    [...LAMBDA_SECONDS, 'GB-Seconds'],
  ),
  listed(
    'aws/lambda/storage-gb-second/arm64',
    GB_SECOND,
    'AWSLambda',
    ['Lambda-Storage-GB-Second-ARM'],
    [...LAMBDA_SECONDS, 'GB-Seconds'],
  ),
  listed('aws/fargate/vcpu-hour/x86_64', VCPU_HOUR, 'AmazonECS', ['Fargate-vCPU-Hours:perCPU'], ['hours']),
  listed('aws/fargate/vcpu-hour/arm64', VCPU_HOUR, 'AmazonECS', ['Fargate-ARM-vCPU-Hours:perCPU'], ['hours']),
  listed('aws/fargate/gb-hour/x86_64', GB_HOUR, 'AmazonECS', ['Fargate-GB-Hours'], ['hours']),
  listed('aws/fargate/gb-hour/arm64', GB_HOUR, 'AmazonECS', ['Fargate-ARM-GB-Hours'], ['hours']),
  listed('aws/dynamodb/read-unit', CAPACITY_UNIT, 'AmazonDynamoDB', ['ReadRequestUnits'], ['ReadRequestUnits']),
  listed('aws/dynamodb/write-unit', CAPACITY_UNIT, 'AmazonDynamoDB', ['WriteRequestUnits'], ['WriteRequestUnits']),
  listed('aws/dynamodb/stream-read', REQUEST, 'AmazonDynamoDB', ['Streams-RequestsCount'], REQUESTS),
  listed('aws/s3/request/tier1', REQUEST, 'AmazonS3', ['Requests-Tier1'], REQUESTS),
  listed('aws/s3/request/tier2', REQUEST, 'AmazonS3', ['Requests-Tier2'], REQUESTS),
  listed('aws/sqs/request/standard', REQUEST, 'AWSQueueService', ['Requests-RBP', 'Requests-Tier1'], REQUESTS, {
    queueType: 'Standard',
  }),
  listed(
    'aws/sqs/request/fifo',
    REQUEST,
    'AWSQueueService',
    ['Requests-FIFO-RBP', 'Requests-FIFO-Tier1', 'Requests-RBP', 'Requests-Tier1'],
    REQUESTS,
    { queueType: 'FIFO (first-in, first-out)' },
  ),
  listed('aws/sns/request/standard', REQUEST, 'AmazonSNS', ['Requests-Tier1'], REQUESTS),
  listed('aws/sns/request/fifo', REQUEST, 'AmazonSNS', ['F-Request-Tier1'], REQUESTS),
  listed('aws/kinesis/put-unit', REQUEST, 'AmazonKinesis', ['PutRequestPayloadUnits'], ['PutRequest', ...REQUESTS]),
  listed('aws/events/custom-event', REQUEST, 'AWSEvents', ['Event-64K-Chunks'], ['64K-Chunks', 'Events', ...REQUESTS], {
    eventType: 'Custom Event',
  }),
  listed(
    'aws/states/transition',
    REQUEST,
    'AmazonStates',
    ['StateTransition'],
    ['StateTransitions', 'StateTransition'],
  ),
  listed('aws/states/express-request', REQUEST, 'AmazonStates', ['StepFunctions-Request'], REQUESTS),
  listed('aws/apigateway/request/http', REQUEST, 'AmazonApiGateway', ['ApiGatewayHttpRequest'], REQUESTS),
  listed('aws/apigateway/request/rest', REQUEST, 'AmazonApiGateway', ['ApiGatewayRequest'], REQUESTS),
  listed('aws/apigateway/message', REQUEST, 'AmazonApiGateway', ['ApiGatewayMessage'], ['Messages', 'Message']),
  listed('aws/kms/request', REQUEST, 'awskms', ['KMS-Requests'], REQUESTS),
  listed(
    'aws/secretsmanager/request',
    REQUEST,
    'AWSSecretsManager',
    ['AWSSecretsManagerAPIRequest'],
    ['API Requests', ...REQUESTS],
  ),
  listed(
    'aws/ssm/parameter-request',
    REQUEST,
    'AWSSystemsManager',
    ['PS-Param-Processed-Tier2'],
    ['API Interactions', ...REQUESTS],
  ),
  listed(
    'aws/data-transfer/internet-out',
    { unit: 'GB', quantaPerUnit: 1_073_741_824n, quantum: 'byte' },
    'AWSDataTransfer',
    ['DataTransfer-Out-Bytes'],
    ['GB'],
    { transferType: 'AWS Outbound' },
  ),
]

/** The four ways in which a model's tokens are priced; a model SKU ends in one of them: `model/aws.bedrock/<id>/input-token@us-east-1`. */
export const TOKEN_METERS = ['input-token', 'output-token', 'cache-read-token', 'cache-write-token'] as const
export type TokenMeter = (typeof TOKEN_METERS)[number]

const BY_FAMILY = new Map<string, SkuUnit>(SKU_FAMILIES.map((row) => [row.family, row]))
const OWN_RATE: SkuUnit = { unit: 'ms', quantaPerUnit: 1_000_000n, quantum: 'nanosecond' }
const DECLARED: SkuUnit = { unit: 'USD', quantaPerUnit: 1_000_000_000_000n, quantum: 'picodollar' }
const TOKEN: SkuUnit = { unit: 'token', quantaPerUnit: 1n, quantum: 'token' }
const UNKNOWN: SkuUnit = { unit: 'unit', quantaPerUnit: 1n, quantum: 'unit' }

/** The unit and quantum of any SKU. Total: a family that nobody knows is counted in units of 1. */
export function unitOf(sku: Sku): SkuUnit {
  if (sku.startsWith('rate/')) return OWN_RATE
  if (sku === DECLARED_SKU) return DECLARED
  if (sku.startsWith('model/')) return TOKEN
  return BY_FAMILY.get(familyOf(sku)) ?? UNKNOWN
}

/** What a sender says a span cost, where nothing here can rate it: picodollars, priced at 1 USD a USD. */
export const DECLARED_SKU = 'edge/declared' as Sku

/** The SKU of a family in a region: `aws/sqs/request/fifo@eu-west-1`. */
export const skuIn = (family: string, region: string): Sku => `${family}@${region}` as Sku

/** What stands before `@`; the SKU itself for those that have no region (own rates, whose operations may hold an `@`, and declared costs). */
export function familyOf(sku: Sku): string {
  const at = sku.startsWith('rate/') ? -1 : sku.lastIndexOf('@')
  return at === -1 ? sku : sku.slice(0, at)
}

/** The AWS region of a SKU, or '' where its price does not depend on one. */
export function regionOf(sku: Sku): string {
  const at = sku.startsWith('rate/') ? -1 : sku.lastIndexOf('@')
  return at === -1 ? '' : sku.slice(at + 1)
}

function listed(
  family: string,
  unit: SkuUnit,
  serviceCode: string,
  usageTypes: readonly string[],
  listUnits: readonly string[],
  attributes: Readonly<Record<string, string>> = {},
): SkuFamily {
  return { family, ...unit, serviceCode, usageTypes, listUnits, attributes }
}
