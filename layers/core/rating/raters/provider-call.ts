import { memoize } from '../../operation/memoize.ts'
import type { Span } from '../../otlp/span.ts'
import { skuIn } from '../../prices/sku.ts'
import { textOf } from '../attribute.ts'
import type { Charge } from '../charge.ts'
import type { RatingContext } from '../rating-context.ts'
import { callRegion } from '../region.ts'
import type { Usage } from '../usage.ts'
import type { ApiRater } from './api-call.ts'
import { rateDynamoDb, rateDynamoDbStreams } from './dynamodb.ts'
import { rateApiGatewayManagement, rateEventBridge, rateKinesis, rateSns, rateSqs } from './messaging.ts'
import { rateKms, rateSecretsManager, rateSsm, rateStepFunctions } from './requests.ts'
import { rateS3 } from './s3.ts'

/** The rater of each AWS API, under the names that the SDKs' service ids reduce to (`serviceKey`). */
const RATERS: ReadonlyMap<string, ApiRater> = new Map([
  ['dynamodb', rateDynamoDb],
  ['dynamodbstreams', rateDynamoDbStreams],
  ['s3', rateS3],
  ['sqs', rateSqs],
  ['sns', rateSns],
  ['kinesis', rateKinesis],
  ['eventbridge', rateEventBridge],
  ['cloudwatchevents', rateEventBridge],
  ['apigatewaymanagementapi', rateApiGatewayManagement],
  ['sfn', rateStepFunctions],
  ['stepfunctions', rateStepFunctions],
  ['kms', rateKms],
  ['secretsmanager', rateSecretsManager],
  ['ssm', rateSsm],
])

/** Bedrock's model calls: their meters are tokens (raters/model-call.ts). */
const MODEL_METHODS: ReadonlySet<string> = new Set(
  'Converse ConverseStream InvokeModel InvokeModelWithResponseStream InvokeModelWithBidirectionalStream'.split(' '),
)

/** Which API a span called, and by which method. */
export interface ApiName {
  /** `dynamodb`, `bedrockruntime`. */
  readonly service: string
  /** `GetItem`. */
  readonly method: string
}

/** The called API: `rpc.service` and `rpc.method`, or both in `rpc.method` (`DynamoDB/GetItem`, the newer form). */
export function apiNameOf(span: Span): ApiName {
  const said = textOf(span.attributes, 'rpc.method') ?? ''
  const slash = said.lastIndexOf('/')
  const service = textOf(span.attributes, 'rpc.service') ?? said.slice(0, Math.max(0, slash))
  return { service: serviceKey(service), method: upperFirst(said.slice(slash + 1)) }
}

export const isModelMethod = (api: ApiName): boolean =>
  api.service === 'bedrockruntime' && MODEL_METHODS.has(api.method)

/** A call of an AWS API, on the SDK's span. An API without a rater has no meters, and neither have free calls. */
export function rateProviderCall(span: Span, api: ApiName, context: RatingContext): Charge {
  const stated = callRegion(span)
  const region = stated ?? context.settings.region
  const usage: Usage[] = []
  const unmetered: string[] = []
  const assumed: string[] = []
  const call = { method: api.method, attributes: span.attributes, settings: context.settings }
  for (const meter of RATERS.get(api.service)?.(call) ?? []) {
    if ('missing' in meter) unmetered.push(meter.missing)
    else if ('assumed' in meter) assumed.push(meter.assumed)
    else usage.push({ sku: skuIn(meter.family, region), quantity: meter.quantity })
  }
  if (stated === undefined && usage.length > 0) assumed.push(`region=${region}`)
  return { rule: 'provider-call', usage, unmetered, assumed }
}

/** SDKs name a service by its id: `DynamoDB`, `DynamoDb`, `Amazon DynamoDBv2`, `Secrets Manager`, `Bedrock Runtime`. */
const serviceKey = memoize(
  (name) =>
    name
      .slice(0, 60)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '')
      .replace(/^(?:amazon|aws)(?=.)/, '')
      .replace(/v\d$/, ''),
  1_000,
)

/** Older JavaScript SDKs write `getItem`. */
const upperFirst = memoize((method) => method.charAt(0).toUpperCase() + method.slice(1, 100), 2_000)
