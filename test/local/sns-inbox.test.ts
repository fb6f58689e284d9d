import { InvalidParameterException, PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { manualClock } from '../../local/clock.ts'
import { type SnsInbox, startSnsInbox } from '../../local/sns-inbox.ts'

const NOON = Date.parse('2026-11-23T12:00:00Z') as EpochMs
const TopicArn = 'arn:aws:sns:us-east-1:000000000000:tollgate-alerts'

describe('the SNS inbox, through the SDK client', () => {
  let inbox: SnsInbox
  let client: SNSClient
  beforeEach(async () => {
    inbox = await startSnsInbox(manualClock(NOON))
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    client = new SNSClient({ endpoint: inbox.endpoint, region: 'us-east-1', credentials })
  })
  afterEach(async () => {
    client.destroy()
    await inbox.close()
  })

  it('holds what was published: a message for each protocol, the subject, the attributes', async () => {
    const message = { default: 'short', email: 'Zeile 1\nLine 2 & <more>', lambda: '{"a":1}' }
    const { MessageId } = await client.send(
      new PublishCommand({
        TopicArn,
        Subject: 'prod/checkout is throttled',
        Message: JSON.stringify(message),
        MessageStructure: 'json',
        MessageAttributes: {
          service: { DataType: 'String', StringValue: 'prod/checkout' },
          admit: { DataType: 'Number', StringValue: '0.5' },
          raw: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) },
        },
      }),
    )
    expect(inbox.messages()).toEqual([
      {
        id: MessageId,
        topicArn: TopicArn,
        subject: 'prod/checkout is throttled',
        message,
        attributes: {
          service: { type: 'String', value: 'prod/checkout' },
          admit: { type: 'Number', value: '0.5' },
          raw: { type: 'Binary', value: 'AQI=' },
        },
        publishedAt: NOON,
      },
    ])
  })

  it('gives the next message that is waited for, come or to come', async () => {
    const waiting = inbox.next((message) => message.message.default === 'second')
    await client.send(new PublishCommand({ TopicArn, Message: 'first' }))
    await client.send(new PublishCommand({ TopicArn, Message: 'second' }))
    expect((await waiting).message).toEqual({ default: 'second' })
    expect((await inbox.next(() => true)).message).toEqual({ default: 'first' })
    expect((await inbox.next(() => true)).subject).toBeUndefined()
  })

  it.each([
    ['a structure without a default', { Message: '{"email": "x"}', MessageStructure: 'json' }],
    ['a structure whose value is no text', { Message: '{"default": {"a": 1}}', MessageStructure: 'json' }],
    ['a structure that is no JSON', { Message: 'hello', MessageStructure: 'json' }],
    ['a subject of 100 characters', { Message: 'x', Subject: 'x'.repeat(100) }],
    ['a subject with a line break', { Message: 'x', Subject: 'a\nb' }],
    ['a message of more than 256 KiB', { Message: 'x'.repeat(256 * 1024 + 1) }],
  ])('refuses %s, as SNS does', async (_, input) => {
    const publish = client.send(new PublishCommand({ TopicArn, ...input }))
    await expect(publish).rejects.toBeInstanceOf(InvalidParameterException)
    expect(inbox.messages()).toEqual([])
  })

  it('says that it takes Publish alone', async () => {
    const entries = [{ Id: '1', Message: 'x' }]
    const batch = client.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: entries }))
    await expect(batch).rejects.toThrow(/takes Publish, not "PublishBatch"/)
  })
})
