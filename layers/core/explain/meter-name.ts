import type { Sku } from '../rating/usage.ts'

/** Meters by the beginning of their SKUs, under the names of docs/meters.md. */
const NAMES: readonly (readonly [prefix: string, name: string])[] = [
  ['aws/lambda/request', 'Lambda request'],
  ['aws/lambda/storage-gb-second', 'Lambda ephemeral storage'],
  ['aws/lambda/', 'Lambda duration'],
  ['aws/fargate/vcpu-hour', 'Fargate vCPU'],
  ['aws/fargate/gb-hour', 'Fargate memory'],
  ['aws/dynamodb/stream-read', 'DynamoDB Streams'],
  ['aws/dynamodb/', 'DynamoDB, on demand'],
  ['aws/s3/', 'S3 requests'],
  ['aws/sqs/', 'SQS'],
  ['aws/sns/', 'SNS'],
  ['aws/kinesis/', 'Kinesis, EventBridge'],
  ['aws/events/', 'Kinesis, EventBridge'],
  ['aws/states/', 'Step Functions'],
  ['aws/apigateway/', 'API Gateway'],
  ['aws/kms/', 'KMS'],
  ['aws/secretsmanager/', 'Secrets Manager'],
  ['aws/ssm/', 'Parameter Store'],
  ['aws/data-transfer/', 'data transfer out'],
  ['model/', 'models'],
  ['rate/', 'own rate'],
  ['edge/declared', 'declared cost'],
]

/** The meter that a SKU's usage comes from, as people call it. Total: `other meters` for SKUs that nobody knows. */
export const meterName = (sku: Sku): string => NAMES.find(([prefix]) => sku.startsWith(prefix))?.[1] ?? 'other meters'
