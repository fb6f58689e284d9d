import type { Attributes } from '../../otlp/span.ts'
import { textOf } from '../attribute.ts'
import { type ApiMeter, type ApiRater, chunkMeters, chunksOf, messageCount, payloadBytes } from './api-call.ts'

const KB = 1024
const CHUNK_BYTES = 64 * KB
const KINESIS_UNIT_BYTES = 25 * KB
const WEBSOCKET_CHUNK_BYTES = 32 * KB

/**
 * Amazon SQS: every action is a request; each 64 KB of payload is one. Source: https://aws.amazon.com/sqs/pricing/.
 *
 *   aws/sqs/request/standard   64 KB chunks, one where the size is not said
 *   aws/sqs/request/fifo       the same, where the queue's name ends in .fifo
 */
export const rateSqs: ApiRater = ({ attributes }) => {
  const queue = textOf(attributes, 'aws.sqs.queue.url', 'aws.queue_url', 'messaging.destination.name')
  return chunkMeters(
    queue?.endsWith('.fifo') ? 'aws/sqs/request/fifo' : 'aws/sqs/request/standard',
    attributes,
    CHUNK_BYTES,
  )
}

/**
 * Amazon SNS: each 64 KB of published data is a request. Source: https://aws.amazon.com/sns/pricing/.
 *
 *   aws/sns/request/standard   64 KB chunks, one where the size is not said
 *   aws/sns/request/fifo       the same, where the topic's name ends in .fifo
 *
 * Deliveries (HTTP, e-mail, SMS, push) and the payload of FIFO topics are not seen by the publisher's span.
 */
export const rateSns: ApiRater = ({ attributes }) => {
  const topic = textOf(attributes, 'aws.sns.topic.arn', 'messaging.destination.name')
  return chunkMeters(
    topic?.endsWith('.fifo') ? 'aws/sns/request/fifo' : 'aws/sns/request/standard',
    attributes,
    CHUNK_BYTES,
  )
}

/**
 * Amazon Kinesis Data Streams, provisioned: PUT payload units of 25 KB a record; reading is free.
 * Source: https://aws.amazon.com/kinesis/data-streams/pricing/. Shard-hours belong to no span; on-demand streams are priced by the GB.
 *
 *   aws/kinesis/put-unit   PutRecord: 25 KB units; PutRecords: at least one a record
 */
export const rateKinesis: ApiRater = ({ method, attributes }) => {
  if (method === 'PutRecord') return chunkMeters('aws/kinesis/put-unit', attributes, KINESIS_UNIT_BYTES)
  return method === 'PutRecords' ? manyMeters('aws/kinesis/put-unit', attributes, KINESIS_UNIT_BYTES) : []
}

/**
 * Amazon EventBridge: custom events, each 64 KB of one is one. Source: https://aws.amazon.com/eventbridge/pricing/.
 *
 *   aws/events/custom-event   events of PutEvents
 */
export const rateEventBridge: ApiRater = ({ method, attributes }) =>
  method === 'PutEvents' ? manyMeters('aws/events/custom-event', attributes, CHUNK_BYTES) : []

/** WebSocket messages of 32 KB. Source: https://aws.amazon.com/api-gateway/pricing/. */
export const rateApiGatewayManagement: ApiRater = ({ method, attributes }) =>
  method === 'PostToConnection' ? chunkMeters('aws/apigateway/message', attributes, WEBSOCKET_CHUNK_BYTES) : []

/** Many records in one call: their number, or the chunks of their bytes where these are more. Not less than one, and said so. */
function manyMeters(family: string, attributes: Attributes, bytesPerChunk: number): readonly ApiMeter[] {
  const count = messageCount(attributes)
  const chunks = chunksOf(payloadBytes(attributes) ?? 0, bytesPerChunk)
  const meter = { family, quantity: Math.max(count ?? 1, chunks) }
  return count === undefined ? [meter, { missing: 'messaging.batch.message_count' }] : [meter]
}
