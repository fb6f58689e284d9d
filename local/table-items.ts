import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import { TABLES } from './tables.ts'

/** Every item of every table as JSON text, by the JSON text of `[table, partition key, sort key]`. */
export async function tableItems(client: DynamoDBClient): Promise<ReadonlyMap<string, string>> {
  const items = new Map<string, string>()
  for (const { name, partitionKey, sortKey } of TABLES) {
    for await (const page of paginateScan({ client }, { TableName: name })) {
      for (const item of page.Items ?? []) {
        const key = JSON.stringify([name, textOf(item, partitionKey), textOf(item, sortKey)])
        items.set(key, JSON.stringify(item))
      }
    }
  }
  return items
}

const textOf = (item: Record<string, AttributeValue>, key: string): string => item[key]?.S ?? ''
