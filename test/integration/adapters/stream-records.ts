interface Shards {
  readonly StreamDescription: { readonly Shards: readonly { readonly ShardId: string }[] }
}
interface Page {
  readonly Records: readonly unknown[]
  readonly NextShardIterator?: string
}

/** DynamoDB Local asks for a signature, and does not look at it. */
const HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=, Signature=',
}

/**
 * All records of a table's stream, oldest first, by DynamoDB Streams' own protocol (API reference, "Amazon DynamoDB Streams").
 * They have the form that Lambda gives to a function, but for `eventSourceARN`, which its poller adds.
 */
export async function streamRecords(endpoint: string, table: string): Promise<readonly unknown[]> {
  const ask = async <Answer>(operation: string, input: object): Promise<Answer> => {
    const headers = { ...HEADERS, 'x-amz-target': `DynamoDBStreams_20120810.${operation}` }
    const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(input) })
    if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Answer
  }
  const { Streams } = await ask<{ Streams: { StreamArn: string }[] }>('ListStreams', { TableName: table })
  // A table that was deleted and made anew has a stream of each life; their names end with when they began.
  const StreamArn = Streams.map((stream) => stream.StreamArn)
    .sort()
    .at(-1)
  const { StreamDescription } = await ask<Shards>('DescribeStream', { StreamArn })
  const records: unknown[] = []
  for (const { ShardId } of StreamDescription.Shards) {
    const start = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }
    let { ShardIterator } = await ask<{ ShardIterator?: string | undefined }>('GetShardIterator', start)
    while (ShardIterator !== undefined) {
      const page: Page = await ask('GetRecords', { ShardIterator })
      records.push(...page.Records)
      ShardIterator = page.Records.length === 0 ? undefined : page.NextShardIterator
    }
  }
  return records
}
