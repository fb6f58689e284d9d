import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DeadLettersBucket } from '../layers/adapters/dead-letters-bucket.ts'
import type { PriceBook } from '../layers/core/prices/price.ts'
import type { RatingContext } from '../layers/core/rating/rating-context.ts'
import type { Clock } from './clock.ts'
import { explainTrace } from './explain-trace.ts'
import type { HttpFunction, HttpRoutes } from './http-api.ts'
import { redriveRoute } from './redrive-route.ts'
import { smokeRoute } from './smoke-route.ts'
import type { LocalTopic } from './topic.ts'

/** What the routes are made of: the functions behind the HTTP API, and what only a local system can answer from. */
export interface ApiRoutesSettings {
  readonly functions: Readonly<
    Record<'throttle-gate' | 'explore-costs' | 'change-budget', (event: unknown) => Promise<unknown>>
  >
  readonly dynamo: DynamoDBClient
  readonly topic: LocalTopic
  readonly deadLetters: DeadLettersBucket
  readonly rating: RatingContext
  readonly readBook: () => Promise<PriceBook>
  readonly clock: Clock
}

/** The routes of the deployed HTTP API, and three that only a local system has: its log can be searched and written, and rows of the smoke test deleted. */
export function apiRoutes({
  functions,
  dynamo,
  topic,
  deadLetters,
  rating,
  readBook,
  clock,
}: ApiRoutesSettings): HttpRoutes {
  const explore = functions['explore-costs'] as HttpFunction
  return {
    'GET /v1/flags': functions['throttle-gate'] as HttpFunction,
    'GET /v1/spend': explore,
    'GET /v1/coverage': explore,
    'GET /v1/audit': explore,
    'GET /v1/budgets': explore,
    'GET /v1/budgets/events': explore,
    'GET /v1/minutes': explore,
    'GET /v1/prices': explore,
    'GET /v1/prices/book': explore,
    'POST /v1/budgets/changes': functions['change-budget'] as HttpFunction,
    'POST /v1/redrive': redriveRoute(deadLetters, topic, clock),
    'DELETE /v1/smoke': smokeRoute(dynamo),
    ...(topic.log === undefined
      ? {}
      : { 'GET /v1/explain': explainTrace({ log: topic.log, clock, rating, readBook }) }),
  }
}
