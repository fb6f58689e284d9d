import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KafkaLogin } from '../../../local/kafka/access.ts'
import { connectTopicProducer } from '../../../local/kafka/topic-producer.ts'
import { topicRecords } from '../../../local/kafka/topic-records.ts'
import { type Kafka, startKafka } from '../engines/kafka.ts'
import { SCRAM_USER } from '../engines/kafka-listener.ts'
import { createTopic, TEST_MS, TIMESTAMP_MS } from './rig.ts'

let kafka: Kafka

beforeAll(async () => {
  kafka = await startKafka({ isSecured: true })
}, 180_000)

afterAll(() => kafka?.close())

/** An unsigned JWT (RFC 7519, 6) that lasts from `from` for a minute, epoch seconds. */
function tokenFrom(from: number): string {
  const part = (of: object): string => Buffer.from(JSON.stringify(of)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: 'tollgate', iat: from, exp: from + 60 })}.`
}

const nowS = (): number => Math.floor(Date.now() / 1000)

/** Appends a record with this login, and reads the topic back with it. */
async function throughTopic(topic: string, login: KafkaLogin): Promise<string[]> {
  const access = { brokers: kafka.securedBrokers, topic, login }
  const producer = connectTopicProducer(access)
  try {
    await producer.append(Buffer.from('spans'), { timestampMs: TIMESTAMP_MS })
  } finally {
    await producer.close()
  }
  const values: string[] = []
  const records = topicRecords({ ...access, groupId: 'audited' })
  await records.visit('end', TIMESTAMP_MS, ({ value }) => void values.push(Buffer.from(value ?? []).toString()))
  return values
}

describe('a Kafka that asks for TLS and a login', { timeout: TEST_MS }, () => {
  it('takes a token of OAUTHBEARER, as MSK does of IAM, made anew for each connection', async () => {
    await createTopic(kafka.brokers, 'by-token', 1, {})
    let made = 0
    const token = async (): Promise<string> => {
      made += 1
      return tokenFrom(nowS() - 1)
    }
    expect(await throughTopic('by-token', { kind: 'token', token })).toEqual(['spans'])
    expect(made).toBeGreaterThanOrEqual(2)
  })

  it('takes name and password of SCRAM-SHA-512', async () => {
    await createTopic(kafka.brokers, 'by-scram', 1, {})
    expect(await throughTopic('by-scram', { kind: 'scram', ...SCRAM_USER })).toEqual(['spans'])
  })

  it.each<[string, KafkaLogin]>([
    ['a token that has run out', { kind: 'token', token: async () => tokenFrom(nowS() - 600) }],
    ['a wrong password', { kind: 'scram', ...SCRAM_USER, password: 'guessed' }],
  ])('refuses %s, and nothing is appended', async (_, login) => {
    const topic = `refused-${login.kind}`
    await createTopic(kafka.brokers, topic, 1, {})
    await expect(throughTopic(topic, login)).rejects.toThrow()
    const found: unknown[] = []
    await topicRecords({ brokers: kafka.brokers, topic, groupId: 'audited' }).visit(
      'end',
      TIMESTAMP_MS,
      (one) => void found.push(one),
    )
    expect(found).toEqual([])
  })
})
