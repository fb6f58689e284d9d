import { DeleteItemCommand, DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb'
import { SMOKE_SERVICE } from '../core/identity/smoke-service.ts'
import { rowPrefix } from '../core/ledger/row-name.ts'

/**
 * Deletes what `tollgate smoke` left in the Ledger: the hourly rows of its own service, no others. The entries of the
 * dictionary stay and expire, since writers remember which there are. Answers with how many rows there were.
 * @throws the SDK's errors, AccessDeniedException where the caller may not (decision 26)
 */
export async function removeSmokeRows(client: DynamoDBClient, table: string): Promise<number> {
  let removed = 0
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: '#service = :service AND begins_with(#row, :prefix)',
      ProjectionExpression: '#service, #row',
      ExpressionAttributeNames: { '#service': 'service', '#row': 'row' },
      ExpressionAttributeValues: { ':service': { S: SMOKE_SERVICE }, ':prefix': { S: rowPrefix() } },
    },
  )
  for await (const { Items = [] } of pages) {
    for (const { service, row } of Items) {
      if (service === undefined || row === undefined) continue
      await client.send(new DeleteItemCommand({ TableName: table, Key: { service, row } }))
      removed += 1
    }
  }
  return removed
}

/** The same with the credentials of the caller's environment. Throws what removeSmokeRows throws. */
export async function removeSmokeRowsThere(region: string, table: string): Promise<number> {
  const client = new DynamoDBClient({ region })
  try {
    return await removeSmokeRows(client, table)
  } finally {
    client.destroy()
  }
}
