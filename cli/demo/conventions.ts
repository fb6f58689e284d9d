import type { Attributes } from '@opentelemetry/api'
import { ACCOUNT, REGION, SERVICES, type ServiceName } from './services.ts'

/**
 * Span attributes as OpenTelemetry's semantic conventions 1.44 name them (`docs/http`, `docs/faas/aws-lambda.md`,
 * `docs/cloud-providers/aws-sdk.md`, `docs/gen-ai`, `docs/database`). AWS calls still say `rpc.system` = `aws-api`.
 */

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** The framework's route; undefined where the service does not know it. */
  readonly route: string | undefined
}

/** `status` 5xx is an error of the server; 4xx is the client's alone. */
export function httpServer(service: ServiceName, request: HttpRequest, status: number): Attributes {
  return {
    'http.request.method': request.method,
    'url.scheme': 'https',
    'url.path': request.path,
    ...(request.route === undefined ? {} : { 'http.route': request.route }),
    'server.address': SERVICES[service].address,
    'http.response.status_code': status,
    ...(status >= 500 ? { 'error.type': String(status) } : {}),
  }
}

/** `status` undefined: the caller gave up waiting. */
export function httpClient(callee: ServiceName, request: HttpRequest, status: number | undefined): Attributes {
  const address = SERVICES[callee].address
  const failure = status === undefined ? 'timeout' : status >= 400 ? String(status) : undefined
  return {
    'http.request.method': request.method,
    'url.full': `https://${address}${request.path}`,
    'server.address': address,
    'server.port': 443,
    ...(status === undefined ? {} : { 'http.response.status_code': status }),
    ...(failure === undefined ? {} : { 'error.type': failure }),
  }
}

/** The invocation's own attributes; the function's are on its resource. */
export function lambdaInvocation(invocationId: string, coldStart: boolean): Attributes {
  return { 'faas.trigger': 'http', 'faas.invocation_id': invocationId, 'faas.coldstart': coldStart }
}

function awsCall(service: string, method: string): Attributes {
  return { 'rpc.system': 'aws-api', 'rpc.service': service, 'rpc.method': method, 'cloud.region': REGION }
}

/** `capacityUnits` as DynamoDB answers to `ReturnConsumedCapacity: TOTAL`: one JSON document a table. */
export function dynamodb(method: 'GetItem' | 'PutItem', table: string, capacityUnits: number): Attributes {
  return {
    ...awsCall('DynamoDB', method),
    'db.system.name': 'aws.dynamodb',
    'db.operation.name': method,
    'aws.dynamodb.table_names': [table],
    'aws.dynamodb.consumed_capacity': [JSON.stringify({ TableName: table, CapacityUnits: capacityUnits })],
  }
}

export function sqsSend(queue: string, bodyBytes: number): Attributes {
  return {
    ...awsCall('SQS', 'SendMessage'),
    'messaging.system': 'aws_sqs',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': queue,
    'messaging.message.body.size': bodyBytes,
    'aws.sqs.queue.url': `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${queue}`,
  }
}

export function modelCall(model: string, inputTokens: number, outputTokens: number): Attributes {
  return {
    ...awsCall('BedrockRuntime', 'Converse'),
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'aws.bedrock',
    'gen_ai.request.model': model,
    'gen_ai.usage.input_tokens': inputTokens,
    'gen_ai.usage.output_tokens': outputTokens,
    'gen_ai.response.finish_reasons': ['end_turn'],
  }
}

export function sqlSelect(table: string): Attributes {
  return {
    'db.system.name': 'postgresql',
    'db.namespace': 'shop',
    'db.operation.name': 'SELECT',
    'db.collection.name': table,
    'db.query.summary': `SELECT ${table}`,
  }
}
