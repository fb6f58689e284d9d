import { describe, expect, it } from 'vitest'
import type { Attributes } from '../../../../../layers/core/otlp/span.ts'
import { rateSpan } from '../../../../../layers/core/rating/rate-span.ts'
import { contextOf } from '../context.ts'
import { awsCall, clientSpan, spanWith } from '../spans.ts'

const usageOf = (service: string, method: string, more: Attributes = {}) =>
  rateSpan(awsCall(service, method, more), contextOf()).usage.map(({ sku, quantity }) => [
    sku.replace('@us-east-1', ''),
    quantity,
  ])
const capacity = (...entries: object[]) => ({
  'aws.dynamodb.consumed_capacity': entries.map((entry) => JSON.stringify(entry)),
})

describe('DynamoDB', () => {
  it.each<[string, Attributes, (string | number)[][]]>([
    ['GetItem', capacity({ TableName: 't', CapacityUnits: 0.5 }), [['aws/dynamodb/read-unit', 5]]],
    ['Query', capacity({ CapacityUnits: 128 }), [['aws/dynamodb/read-unit', 1280]]],
    ['PutItem', capacity({ CapacityUnits: 3 }), [['aws/dynamodb/write-unit', 30]]],
    ['BatchGetItem', capacity({ CapacityUnits: 0.5 }, { CapacityUnits: 1 }), [['aws/dynamodb/read-unit', 15]]],
    [
      'TransactWriteItems',
      capacity({ CapacityUnits: 4, ReadCapacityUnits: 1, WriteCapacityUnits: 3 }),
      [
        ['aws/dynamodb/read-unit', 10],
        ['aws/dynamodb/write-unit', 30],
      ],
    ],
    ['ExecuteStatement', capacity({ CapacityUnits: 1, ReadCapacityUnits: 1 }), [['aws/dynamodb/read-unit', 10]]],
    ['GetItem', { 'aws.dynamodb.consumed_capacity': '{"CapacityUnits":1}' }, [['aws/dynamodb/read-unit', 10]]],
    ['DescribeTable', {}, []],
  ])('%s with %j', (method, attributes, usage) => {
    expect(usageOf('DynamoDB', method, attributes)).toEqual(usage)
  })

  it.each([
    ['[]', []],
    ['not JSON', ['nonsense']],
    ['an array', ['[1]']],
    ['null', ['null']],
    ['no units', ['{"TableName":"t"}']],
    ['negative', ['{"CapacityUnits":-1}']],
    ['a string', ['{"CapacityUnits":"1"}']],
    ['overflow', ['{"CapacityUnits":1e300}']],
    ['one good, one bad', ['{"CapacityUnits":1}', '{}']],
    ['numbers', [1]],
  ])('says it was not told how much: %s', (_, said) => {
    expect(
      rateSpan(awsCall('DynamoDB', 'GetItem', { 'aws.dynamodb.consumed_capacity': said }), contextOf()),
    ).toMatchObject({
      usage: [],
      uncharged: 'unmetered:aws.dynamodb.consumed_capacity',
    })
  })

  it('cannot tell reads from writes of a statement by the total', () => {
    expect(usageOf('DynamoDB', 'ExecuteStatement', capacity({ CapacityUnits: 1 }))).toEqual([])
  })
})

describe('requests', () => {
  it.each<[string, string, Attributes, (string | number)[][]]>([
    ['S3', 'PutObject', {}, [['aws/s3/request/tier1', 1]]],
    ['S3', 'CopyObject', {}, [['aws/s3/request/tier1', 1]]],
    ['S3', 'ListObjectsV2', {}, [['aws/s3/request/tier1', 1]]],
    ['S3', 'UploadPart', {}, [['aws/s3/request/tier1', 1]]],
    ['S3', 'CompleteMultipartUpload', {}, [['aws/s3/request/tier1', 1]]],
    ['S3', 'GetObject', {}, [['aws/s3/request/tier2', 1]]],
    ['S3', 'HeadObject', {}, [['aws/s3/request/tier2', 1]]],
    ['S3', 'SelectObjectContent', {}, [['aws/s3/request/tier2', 1]]],
    ['S3', 'DeleteObject', {}, []],
    ['S3', 'AbortMultipartUpload', {}, []],
    ['SQS', 'SendMessage', {}, [['aws/sqs/request/standard', 1]]],
    ['SQS', 'SendMessage', { 'messaging.message.body.size': 0 }, [['aws/sqs/request/standard', 1]]],
    ['SQS', 'SendMessage', { 'messaging.message.body.size': 65_536 }, [['aws/sqs/request/standard', 1]]],
    ['SQS', 'SendMessage', { 'messaging.message.body.size': 65_537 }, [['aws/sqs/request/standard', 2]]],
    [
      'SQS',
      'SendMessage',
      { 'aws.sqs.queue.url': 'https://sqs.eu/1/q.fifo', 'messaging.message.body.size': 262_144 },
      [['aws/sqs/request/fifo', 4]],
    ],
    ['SNS', 'Publish', { 'messaging.message.body.size': 70_000 }, [['aws/sns/request/standard', 2]]],
    ['SNS', 'Publish', { 'aws.sns.topic.arn': 'arn:aws:sns:us-east-1:1:t.fifo' }, [['aws/sns/request/fifo', 1]]],
    ['Kinesis', 'PutRecord', { 'messaging.message.body.size': 35 * 1024 }, [['aws/kinesis/put-unit', 2]]],
    ['Kinesis', 'PutRecords', { 'messaging.batch.message_count': 500 }, [['aws/kinesis/put-unit', 500]]],
    ['Kinesis', 'GetRecords', {}, []],
    ['EventBridge', 'PutEvents', { 'messaging.batch.message_count': 3 }, [['aws/events/custom-event', 3]]],
    [
      'EventBridge',
      'PutEvents',
      { 'messaging.batch.message_count': 1, 'http.request.body.size': 200_000 },
      [['aws/events/custom-event', 4]],
    ],
    ['SFN', 'StartExecution', { 'tollgate.states.transitions': 7 }, [['aws/states/transition', 7]]],
    ['SFN', 'StartSyncExecution', {}, [['aws/states/express-request', 1]]],
    ['SFN', 'SendTaskSuccess', {}, []],
    ['KMS', 'Decrypt', {}, [['aws/kms/request', 1]]],
    ['Secrets Manager', 'GetSecretValue', {}, [['aws/secretsmanager/request', 1]]],
    ['SSM', 'GetParameter', {}, []],
    ['ApiGatewayManagementApi', 'PostToConnection', {}, [['aws/apigateway/message', 1]]],
    ['DynamoDB Streams', 'GetRecords', {}, [['aws/dynamodb/stream-read', 1]]],
  ])('%s.%s with %j', (service, method, attributes, usage) => {
    expect(usageOf(service, method, attributes)).toEqual(usage)
  })

  it.each([
    ['SFN', 'StartExecution', 'tollgate.states.transitions'],
    ['KMS', 'GenerateDataKeyPair', 'aws.kms.key_spec'],
  ])('%s.%s is unmetered where nobody says how much', (service, method, attribute) => {
    expect(rateSpan(awsCall(service, method), contextOf()).uncharged).toBe(`unmetered:${attribute}`)
  })

  it('of many events count as one at least, and say that the number was not told', () => {
    expect(rateSpan(awsCall('EventBridge', 'PutEvents'), contextOf())).toMatchObject({
      usage: [{ quantity: 1 }],
      unmetered: ['messaging.batch.message_count'],
      uncharged: undefined,
    })
  })

  it('of parameters cost in the higher throughput tier alone', () => {
    const higher = contextOf({ assume: { parameterThroughput: 'higher' } })
    expect(rateSpan(awsCall('SSM', 'GetParameter'), higher).usage).toEqual([
      { sku: 'aws/ssm/parameter-request@us-east-1', quantity: 1 },
    ])
  })
})

describe('a provider call', () => {
  it.each([
    ['DynamoDB', 'DeleteItem'],
    ['DynamoDb', 'DeleteItem'],
    ['AmazonDynamoDBv2', 'DeleteItem'],
    ['Amazon DynamoDB', 'deleteItem'],
    ['', 'DynamoDB/DeleteItem'],
  ])('is the same by the old and new names: "%s" "%s"', (service, method) => {
    expect(usageOf(service, method, capacity({ CapacityUnits: 1 }))).toEqual([['aws/dynamodb/write-unit', 10]])
  })

  it('is the same by rpc.system.name, and in aws.region, which wins over the caller’s own', () => {
    const call = { 'rpc.system.name': 'aws-api', 'rpc.method': 'S3/GetObject', 'aws.region': 'eu-west-1' }
    expect(rateSpan(clientSpan(call, { 'cloud.region': 'us-east-1' }), contextOf()).usage).toEqual([
      { sku: 'aws/s3/request/tier2@eu-west-1', quantity: 1 },
    ])
  })

  it.each([[-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY], [2 ** 60], ['70000'], [null]])(
    'takes no size of %s',
    (size) => {
      expect(usageOf('SQS', 'SendMessage', { 'messaging.message.body.size': size })).toEqual([
        ['aws/sqs/request/standard', 1],
      ])
    },
  )
})

describe('what stands before a service', () => {
  const http = { 'http.request.method': 'GET', 'http.route': '/', 'http.response.body.size': 1000 }
  const services = [{ service: 'shop', apiGateway: 'http', internetEgress: true }]

  it('costs a request and the bytes it sends where the configuration says so, and nothing where it does not', () => {
    const gateway = [
      { sku: 'aws/apigateway/request/http@us-east-1', quantity: 1 },
      { sku: 'aws/data-transfer/internet-out@us-east-1', quantity: 1000 },
    ]
    expect(rateSpan(spanWith(http), contextOf({ services })).usage).toEqual([
      expect.objectContaining({ sku: 'rate/shop/*' }),
      ...gateway,
    ])
    expect(rateSpan(spanWith(http), contextOf()).usage).toHaveLength(1)
    expect(rateSpan(spanWith({}), contextOf({ services })).usage).toHaveLength(1)
  })
})
