import type { TopicAccess } from '../../local/kafka/access.ts'

/** A way to the topic, and its name for people. */
export interface WayIn {
  readonly name: string
  /** What to look at where it does not take the span. */
  readonly advice: string
  /** Resolves when the topic, or whoever writes into it, has taken the request. `atMs`: its time, epoch ms. */
  readonly send: (request: string, atMs: number) => Promise<void>
}

const TIMEOUT_MS = 10_000

/** Whoever takes spans refused one. */
class SpanRefused extends Error {
  override readonly name = 'SpanRefused'
}

/** By OTLP/HTTP: to a local system, or to a Collector that writes into the topic. `base`: `http://HOST:4318`. */
export function byOtlp(base: URL): WayIn {
  const url = new URL(`${base.pathname.replace(/\/$/, '')}/v1/traces`, base)
  const headers = { 'content-type': 'application/json' }
  return {
    name: url.href,
    advice: 'Start the system with "tollgate dev", or name the address of yours, or of your Collector, with --otlp',
    send: async (body) => {
      const request = { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) }
      const response = await fetch(url, request)
      if (!response.ok) throw new SpanRefused(`${url.href} answered ${response.status}: ${await response.text()}`)
    },
  }
}

/** Straight into the topic. */
export function byKafka(options: TopicAccess): WayIn {
  return {
    name: `topic ${options.topic} at ${options.brokers.split(',')[0]}`,
    advice: 'Run it inside the VPC of the brokers, or send through your Collector with --otlp http://HOST:4318',
    send: async (request, atMs) => {
      const { connectTopicProducer } = await import('../../local/kafka/topic-producer.ts')
      const producer = connectTopicProducer(options)
      try {
        await producer.append(Buffer.from(request), { timestampMs: atMs as never })
      } finally {
        await producer.close()
      }
    },
  }
}
