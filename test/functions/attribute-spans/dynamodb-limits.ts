import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Request } from '../../layers/adapters/modelled-table.ts'

// DynamoDB developer guide, "Quotas in Amazon DynamoDB": keys, item size, expression length, operators.
const PARTITION_KEY_MAX_BYTES = 2048
const SORT_KEY_MAX_BYTES = 1024
const EXPRESSION_MAX_BYTES = 4096
const OPERATORS_MAX = 300
const ITEM_MAX_BYTES = 400 * 1024

/** Fails the test where DynamoDB would refuse the request for its size. */
export function assertWithinLimits({ input }: Request): void {
  const keys = (input.Key ?? input.Item) as Record<string, { S?: string }> | undefined
  atMost('partition key', Buffer.byteLength(keys?.service?.S ?? ''), PARTITION_KEY_MAX_BYTES)
  atMost('sort key', Buffer.byteLength(keys?.row?.S ?? ''), SORT_KEY_MAX_BYTES)
  const expression = String(input.UpdateExpression ?? '')
  atMost('expression', Buffer.byteLength(expression), EXPRESSION_MAX_BYTES)
  atMost('operators', expression.split(',').length, OPERATORS_MAX)
}

function atMost(what: string, size: number, limit: number): void {
  if (size > limit) throw new Error(`${what}: ${size}, DynamoDB takes ${limit}`)
}

/** Fails the test where an item is larger than DynamoDB keeps. A number of 38 digits has 20 bytes and one of its own. */
export function assertItemsFit(items: Iterable<Record<string, AttributeValue>>): void {
  for (const item of items) {
    let bytes = 0
    for (const [name, { S }] of Object.entries(item))
      bytes += name.length + (S === undefined ? 21 : Buffer.byteLength(S))
    atMost('item', bytes, ITEM_MAX_BYTES)
  }
}
