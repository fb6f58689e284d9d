import { type Attributes, SpanKind } from '@opentelemetry/api'
import { dynamodb, modelCall, sqlSelect, sqsSend } from './conventions.ts'
import type { ServiceName } from './services.ts'

/** A span as the shop means it, before the SDK has made one of it. Times are microseconds of virtual time since the epoch. */
export interface PlannedSpan {
  readonly service: ServiceName
  /** The instrumentation library that makes such spans. */
  readonly scope: string
  readonly name: string
  readonly kind: SpanKind
  readonly startUs: number
  readonly endUs: number
  readonly failed: boolean
  readonly attributes: Attributes
  readonly children: readonly PlannedSpan[]
}

export const SCOPES = {
  http: '@opentelemetry/instrumentation-http',
  lambda: '@opentelemetry/instrumentation-aws-lambda',
  aws: '@opentelemetry/instrumentation-aws-sdk',
  sql: '@opentelemetry/instrumentation-pg',
} as const

/** When a call starts and how long it takes, microseconds. */
export interface Timing {
  readonly service: ServiceName
  readonly startUs: number
  readonly durationUs: number
}

function leaf(at: Timing, scope: string, name: string, kind: SpanKind, attributes: Attributes): PlannedSpan {
  const { service, startUs } = at
  const endUs = startUs + at.durationUs
  return { service, scope, name, kind, startUs, endUs, failed: false, attributes, children: [] }
}

export function dynamodbSpan(at: Timing, method: 'GetItem' | 'PutItem', table: string, units: number): PlannedSpan {
  return leaf(at, SCOPES.aws, `DynamoDB.${method}`, SpanKind.CLIENT, dynamodb(method, table, units))
}

export function sqsSpan(at: Timing, queue: string, bodyBytes: number): PlannedSpan {
  return leaf(at, SCOPES.aws, `send ${queue}`, SpanKind.PRODUCER, sqsSend(queue, bodyBytes))
}

export function modelSpan(at: Timing, model: string, inputTokens: number, outputTokens: number): PlannedSpan {
  return leaf(at, SCOPES.aws, `chat ${model}`, SpanKind.CLIENT, modelCall(model, inputTokens, outputTokens))
}

export function sqlSpan(at: Timing, table: string): PlannedSpan {
  return leaf(at, SCOPES.sql, `SELECT ${table}`, SpanKind.CLIENT, sqlSelect(table))
}
