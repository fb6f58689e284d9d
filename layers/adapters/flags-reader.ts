import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb'
import type { Flag } from '../core/flags/flag.ts'
import { readFlagsDocument } from '../core/flags/flags-document.ts'
import { isNewer, SCHEMA_ATTRIBUTE } from './schema-version.ts'

/** The items of the Flags table that are flags; the others are leases of alerts. */
const KIND = 'flag'

/** More flags than a document holds: each service has one, so this is no budget's doing. */
class TooManyFlags extends Error {
  override readonly name = 'TooManyFlags'
  constructor(flags: number) {
    super(`${flags} flags are more than a document holds: which services are these?`)
  }
}

/**
 * Makes `readFlags`: all flags of the Flags table, expired ones included, since DynamoDB deletes late. An item that
 * cannot be read is left out, and `observeUnreadable` gets how many. Eventually consistent: a flag may come a second late.
 * `readFlags` throws TooManyFlags, and the SDK's errors when the table is out of reach.
 */
export function connectFlagsReader(
  client: DynamoDBClient,
  table: string,
  observeUnreadable: (count: number) => void,
): () => Promise<readonly Flag[]> {
  return async () => {
    const items: unknown[] = []
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        KeyConditionExpression: '#kind = :kind',
        ProjectionExpression: '#flag, #v',
        ExpressionAttributeNames: { '#kind': 'kind', '#flag': 'flag', '#v': SCHEMA_ATTRIBUTE },
        ExpressionAttributeValues: { ':kind': { S: KIND } },
      },
    )
    for await (const { Items = [] } of pages) {
      for (const item of Items) items.push(isNewer(item) ? undefined : parseJson(item.flag?.S))
    }
    const read = readFlagsDocument({ flags: items })
    if (read === undefined) throw new TooManyFlags(items.length)
    if (read.unreadable > 0) observeUnreadable(read.unreadable)
    return read.flags
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
