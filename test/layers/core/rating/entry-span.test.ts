import { describe, expect, it } from 'vitest'
import type { SpanKind } from '../../../../layers/core/otlp/span.ts'
import { rateSpan } from '../../../../layers/core/rating/rate-span.ts'
import { contextOf } from './context.ts'
import { spanWith } from './spans.ts'

const KINDS = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const
const LAMBDA = { 'cloud.platform': 'aws_lambda', 'cloud.region': 'us-east-1', 'faas.max_memory': 134_217_728 }
const EC2 = { 'cloud.platform': 'aws_ec2' }
const context = contextOf()
const PARENT = 'eee19b7ec3c1b175'

describe('the entry span', () => {
  // platform, kind, parent, flags -> entry
  it.each([
    ['ec2', 'server', '', 0, true],
    ['ec2', 'internal', '', 0, true],
    ['ec2', 'unspecified', '', 0, true],
    ['ec2', 'client', '', 0, true],
    ['ec2', 'server', '', 0x100, true],
    ['ec2', 'server', PARENT, 0x300, true],
    ['ec2', 'consumer', PARENT, 0x300, true],
    ['ec2', 'internal', PARENT, 0x300, true],
    ['ec2', 'server', PARENT, 0x100, false],
    ['ec2', 'consumer', PARENT, 0x100, false],
    ['ec2', 'server', PARENT, 0x200, true], // remote without "known" says nothing: by kind
    ['ec2', 'internal', PARENT, 0x200, false],
    ['ec2', 'server', PARENT, 1, true],
    ['ec2', 'server', PARENT, 0, true],
    ['ec2', 'consumer', PARENT, 0, true],
    ['ec2', 'internal', PARENT, 0, false],
    ['ec2', 'client', PARENT, 0, false],
    ['ec2', 'producer', PARENT, 0, false],
    ['ec2', 'unspecified', PARENT, 0, false],
    ['lambda', 'server', '', 0, true],
    ['lambda', 'server', PARENT, 0x300, true],
    ['lambda', 'server', PARENT, 0, true],
    ['lambda', 'server', PARENT, 0x100, false],
    ['lambda', 'consumer', PARENT, 0, false],
    ['lambda', 'consumer', PARENT, 0x300, true],
    ['lambda', 'internal', '', 0, true],
    ['lambda', 'client', '', 0, false],
    ['lambda', 'producer', '', 0, false],
  ] as const)('%s, kind %s, parent "%s", flags %i: %s', (platform, kind, parentSpanId, flags, entry) => {
    const span = spanWith(
      {},
      { kind: KINDS[kind] as SpanKind, parentSpanId, flags, resource: platform === 'lambda' ? LAMBDA : EC2 },
    )
    const rated = rateSpan(span, context)
    expect(rated.entry).toBe(entry)
    expect(rated.usage.length > 0).toBe(entry)
  })

  it('is the CONSUMER invocation of a Python function, which carries its id, and not the CONSUMER span beneath a Node one', () => {
    const python = { 'faas.invocation_id': '79104EXAMPLEB723' }
    const old = { 'faas.execution': '79104EXAMPLEB723' }
    const over = { kind: 5, parentSpanId: PARENT, resource: LAMBDA } as const
    expect(rateSpan(spanWith(python, over), context).entry).toBe(true)
    expect(rateSpan(spanWith(old, over), context).entry).toBe(true)
    expect(rateSpan(spanWith({}, over), context).entry).toBe(false)
  })

  it('is never a call of a provider, even without a parent: that is the provider’s work', () => {
    const call = {
      'rpc.system': 'aws-api',
      'rpc.service': 'SQS',
      'rpc.method': 'ReceiveMessage',
      'aws.region': 'us-east-1',
    }
    for (const kind of [KINDS.client, KINDS.consumer]) {
      expect(rateSpan(spanWith(call, { kind }), context)).toMatchObject({
        entry: false,
        usage: [{ sku: 'aws/sqs/request/standard@us-east-1', quantity: 1 }],
      })
    }
  })
})
