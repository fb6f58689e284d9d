import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { NotAKafkaEvent, parseKafkaEvent } from '../../../functions/attribute-spans/kafka-event.ts'

const DATA = fileURLToPath(new URL('../../../../shared/data/events/', import.meta.url))
const event = (name: string): unknown => JSON.parse(readFileSync(`${DATA}${name}`, 'utf8'))

const record = (partition: number, offset: number, value: string | null = 'e30=') => ({
  topic: 'spans',
  partition,
  offset,
  timestamp: 1_764_000_000_000,
  timestampType: 'CREATE_TIME',
  value,
  headers: [],
})

describe('a Kafka event', () => {
  it('is taken apart by partition, records ascending, values in base64', () => {
    const partitions = parseKafkaEvent({
      eventSource: 'aws:kafka',
      eventSourceArn: 'arn:aws:kafka:us-east-1:1:cluster/c/u',
      bootstrapServers: 'b:9098',
      records: { 'spans-0': [record(0, 8), record(0, 7)], 'spans-3': [record(3, 1, null)] },
    })
    expect(partitions.map(({ partition, records }) => [partition, records.map(({ offset }) => offset)])).toEqual([
      [0, [7, 8]],
      [3, [1]],
    ])
    expect(partitions[0]).toMatchObject({ cluster: 'arn:aws:kafka:us-east-1:1:cluster/c/u', topic: 'spans' })
    expect(partitions[0]?.records[0]?.value).toBe('e30=')
    expect(partitions[1]?.records[0]?.value).toBeUndefined()
  })

  it('of a self-managed cluster is named by its servers, in whatever order they come', () => {
    const from = (bootstrapServers: string) =>
      parseKafkaEvent({ eventSource: 'SelfManagedKafka', bootstrapServers, records: { 'spans-0': [record(0, 1)] } })[0]
    expect(from('b:1,a:1')?.cluster).toBe(from('a:1,b:1')?.cluster)
  })

  it.each([
    [{ Records: [{ eventSource: 'aws:sqs' }] }, 'this one is of "aws:sqs"'],
    [{ eventSource: 'aws:kinesis' }, 'this one is of "aws:kinesis"'],
    [{ eventSource: 'aws:kafka', records: { 'spans-0': [{ topic: 'spans' }] } }, 'at "records.spans-0.0.partition"'],
    ['text', 'at "": '],
    [null, 'at "": '],
  ])('of another source or shape is refused, and says which: %j', (given, message) => {
    expect(() => parseKafkaEvent(given)).toThrow(NotAKafkaEvent)
    expect(() => parseKafkaEvent(given)).toThrow(message)
  })
})

describe.skipIf(!existsSync(DATA))(
  'events as Lambda delivers them (skipped where the shared data is not there)',
  () => {
    it.each([
      ['aws-lambda-go-kafka-event.json', 1],
      ['datadog-msk-event-with-headers.json', 1],
      ['powertools-kafka-avro.json', 3],
      ['powertools-kafka-default.json', 3],
    ])('%s is read', (name, records) => {
      expect(parseKafkaEvent(event(name)).flatMap((partition) => partition.records)).toHaveLength(records)
    })

    it.each([
      'datadog-api-gateway-http-event.json',
      'datadog-dynamodb-event.json',
      'datadog-kinesis-event.json',
      'datadog-sqs-event.json',
    ])('%s is refused', (name) => {
      expect(() => parseKafkaEvent(event(name))).toThrow(NotAKafkaEvent)
    })
  },
)
