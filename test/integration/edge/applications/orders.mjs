/** What all the applications do: read an order from DynamoDB, by the AWS SDK, and write it down. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { SpanKind, trace } from '@opentelemetry/api'

const tracer = trace.getTracer('orders')
const dynamodb = new DynamoDBClient({ maxAttempts: 1 })
const CALL = { 'rpc.system': 'aws-api', 'rpc.service': 'DynamoDB', 'rpc.method': 'GetItem' }

/** The span is the one that OpenTelemetry's AWS SDK instrumentation makes of a call. */
const getItem = (id) =>
  tracer.startActiveSpan('DynamoDB.GetItem', { kind: SpanKind.CLIENT, attributes: CALL }, async (span) => {
    try {
      const TableName = 'orders'
      const asked = { TableName, Key: { id: { S: id } }, ReturnConsumedCapacity: 'TOTAL' }
      const { Item, ConsumedCapacity } = await dynamodb.send(new GetItemCommand(asked))
      span.setAttributes({
        'cloud.region': await dynamodb.config.region(),
        'aws.dynamodb.table_names': [TableName],
        'aws.dynamodb.consumed_capacity': [JSON.stringify(ConsumedCapacity)],
      })
      return Item
    } finally {
      span.end()
    }
  })

export async function readOrder(id) {
  const item = await getItem(id)
  return tracer.startActiveSpan('write down', (span) => {
    span.end()
    return { id, total: item?.total?.S ?? 'unknown' }
  })
}
