import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { operationOf, operationOfText } from '../../../../layers/core/operation/operation.ts'
import type { Attributes, SpanKind } from '../../../../layers/core/otlp/span.ts'
import { spanWith } from '../rating/spans.ts'

const arn = 'arn:aws:sns:us-east-1:123456789012:orders'

describe('operationOf', () => {
  it.each<[string, Attributes, string]>([
    [
      'a route',
      { 'http.request.method': 'GET', 'http.route': '/users/{id}', 'url.path': '/users/7' },
      'GET /users/{id}',
    ],
    [
      'a path without a route',
      { 'http.request.method': 'GET', 'url.path': '/api/v2/users/1/orders/2' },
      'GET /api/v2/users/*/orders/*',
    ],
    ['the old names', { 'http.method': 'post', 'http.target': '/users/7?q=secret' }, 'POST /users/*'],
    ['a client URL', { 'http.request.method': 'GET', 'url.full': 'https://a.example/users/7?q=1' }, 'GET /users/*'],
    ['an old client URL', { 'http.method': 'GET', 'http.url': 'http://a.example:80' }, 'GET /'],
    ['an unknown method', { 'http.request.method': 'FROBNICATE', 'url.path': '/x' }, '_OTHER /x'],
    ['a method alone', { 'http.request.method': 'GET' }, 'GET'],
    [
      'an AWS call',
      {
        'rpc.system': 'aws-api',
        'rpc.service': 'DynamoDB',
        'rpc.method': 'GetItem',
        'aws.dynamodb.table_names': ['orders'],
      },
      'DynamoDB.GetItem orders',
    ],
    [
      'an AWS call, new names',
      { 'rpc.system.name': 'aws-api', 'rpc.method': 'S3/PutObject', 'aws.s3.bucket': 'media' },
      'S3.PutObject media',
    ],
    [
      'a queue',
      {
        'rpc.system': 'aws-api',
        'rpc.service': 'SQS',
        'rpc.method': 'SendMessage',
        'aws.sqs.queue.url': 'https://sqs.us-east-1.amazonaws.com/123456789012/jobs.fifo',
      },
      'SQS.SendMessage jobs.fifo',
    ],
    [
      'a topic',
      { 'rpc.system': 'aws-api', 'rpc.service': 'SNS', 'rpc.method': 'Publish', 'aws.sns.topic.arn': arn },
      'SNS.Publish orders',
    ],
    [
      'a generated bucket',
      {
        'rpc.system': 'aws-api',
        'rpc.service': 'S3',
        'rpc.method': 'GetObject',
        'aws.s3.bucket': 'cdk-assets-123456789012-us-east-1',
      },
      'S3.GetObject cdk-assets-*-us-east-1',
    ],
    ['a gRPC call', { 'rpc.system': 'grpc', 'rpc.service': 'shop.Cart', 'rpc.method': 'Add' }, 'shop.Cart/Add'],
    ['a gRPC call, new names', { 'rpc.system.name': 'grpc', 'rpc.method': 'shop.Cart/Add' }, 'shop.Cart/Add'],
    [
      'a message',
      { 'messaging.system': 'kafka', 'messaging.operation.type': 'process', 'messaging.destination.name': 'orders' },
      'process orders',
    ],
    [
      'an old message',
      { 'messaging.system': 'kafka', 'messaging.operation': 'receive', 'messaging.destination': 'reply-8f14e45fceea' },
      'receive reply-*',
    ],
    [
      'a temporary queue',
      {
        'messaging.system': 'rabbitmq',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'amq',
        'messaging.destination.temporary': true,
      },
      'send *',
    ],
    [
      'a query',
      {
        'db.system.name': 'postgresql',
        'db.operation.name': 'SELECT',
        'db.collection.name': 'orders',
        'db.query.text': 'SELECT 1',
      },
      'SELECT orders',
    ],
    ['an old query', { 'db.system': 'mysql', 'db.operation': 'UPDATE', 'db.sql.table': 'carts' }, 'UPDATE carts'],
    ['a summary', { 'db.query.summary': 'SELECT orders users' }, 'SELECT orders users'],
    [
      'a model',
      { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'us.anthropic.claude-3-7-sonnet-20250219-v1:0' },
      'chat anthropic.claude-3-7-sonnet-20250219-v1:0',
    ],
    [
      'an inference profile',
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcd1234',
      },
      'chat *',
    ],
    ['an agent', { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'Helper' }, 'invoke_agent Helper'],
    ['a function', { 'faas.trigger': 'timer' }, 'timer span'],
    ['nothing', {}, 'span'],
  ])('reads %s', (_, attributes, operation) => {
    expect(operationOf(spanWith(attributes))).toBe(operation)
  })

  it('names no value of a name: numbers, ids and addresses become *', () => {
    expect(operationOfText('refund order 12345 for ann@example.com')).toBe('refund order * for *')
    expect(operationOfText('job 550e8400-e29b-41d4-a716-446655440000')).toBe('job *')
    expect(operationOfText('GET /users/42')).toBe('GET /users/*')
    expect(operationOfText('/users/42')).toBe('/users/*')
    expect(operationOfText('\u0000\n')).toBe('unnamed')
  })

  const keys = [
    'http.request.method',
    'http.route',
    'url.path',
    'http.url',
    'rpc.system',
    'rpc.service',
    'rpc.method',
    'messaging.system',
    'messaging.destination.name',
    'messaging.operation',
    'db.operation',
    'db.collection.name',
    'db.query.summary',
    'gen_ai.operation.name',
    'gen_ai.request.model',
    'faas.trigger',
    'aws.s3.bucket',
    'aws.dynamodb.table_names',
  ]
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.constantFrom('aws-api', 'GET', '\ud800', 'x\u2028y'),
    fc.integer(),
    fc.constant(null),
    fc.array(fc.string({ unit: 'binary' })),
  )
  const anySpan = fc
    .tuple(
      fc.dictionary(fc.constantFrom(...keys), value),
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc.integer({ min: 0, max: 5 }),
    )
    .map(([attributes, name, kind]) => spanWith(attributes as Attributes, { name, kind: kind as SpanKind }))

  it('passes over a convention whose attributes hold nothing that can be printed', () => {
    expect(operationOf(spanWith({ 'rpc.method': '\u0000' }, { name: 'work' }))).toBe('work')
    expect(operationOf(spanWith({ 'rpc.method': '\u0000' }, { name: '' }))).not.toBe('')
  })

  it('is 1 to 200 characters without control characters, whatever arrives', () => {
    fc.assert(
      fc.property(anySpan, (span) => {
        const operation = operationOf(span)
        expect(operation.length).toBeGreaterThan(0)
        expect(operation.length).toBeLessThanOrEqual(200)
        expect(operation.isWellFormed()).toBe(true)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the claim is that there are none
        expect(operation).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
      }),
      { numRuns: 3000 },
    )
  })

  it('changes nothing when free text is normalised twice', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string(),
          fc.array(fc.constantFrom('a', '*', '-', '1', '@', 'AB', ':', ' ', '/')).map((s) => s.join('')),
        ),
        (text) => {
          const once = operationOfText(text)
          expect(operationOfText(once)).toBe(once)
        },
      ),
      { numRuns: 3000 },
    )
  })
})
