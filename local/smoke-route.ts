import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { removeSmokeRows } from '../layers/adapters/smoke-rows.ts'
import type { HttpFunction } from './http-api.ts'
import { LOCAL_TABLES } from './tables.ts'

/**
 * `DELETE /v1/smoke`: takes what `tollgate smoke` left out of the Ledger. The deployed API has no such route: there its
 * caller deletes with credentials of their own.
 */
export function smokeRoute(dynamo: DynamoDBClient): HttpFunction {
  return async () => {
    const removed = await removeSmokeRows(dynamo, LOCAL_TABLES.LEDGER_TABLE)
    return { statusCode: 200, body: JSON.stringify({ removed }) }
  }
}
