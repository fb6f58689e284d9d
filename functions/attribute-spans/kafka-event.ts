import * as z from 'zod'
import { ORIGIN_HEADER, type Origin, parseOrigin } from '../../layers/core/ledger/origin.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'

/** One record of the event. */
export interface KafkaRecord {
  readonly offset: number
  /** The record's own Kafka timestamp. */
  readonly timestampMs: EpochMs
  /** In base64, as it is delivered; undefined for a tombstone. */
  readonly value: string | undefined
  /** Of a redriven record: where its body died. */
  readonly origin: Origin | undefined
}

/** The records of one partition, ascending by offset. */
export interface KafkaPartition {
  /** ARN of the MSK cluster, or the bootstrap servers of a self-managed one. */
  readonly cluster: string
  readonly topic: string
  readonly partition: number
  readonly records: readonly KafkaRecord[]
}

/** The event did not come from a Kafka event source, or is not of its shape. Retrying does not help. */
export class NotAKafkaEvent extends Error {
  override readonly name = 'NotAKafkaEvent'
  constructor(what: string) {
    super(
      `attribute-spans takes events of an Amazon MSK or self-managed Kafka event source (eventSource "aws:kafka" or ` +
        `"SelfManagedKafka"): ${what}. Check which event source is mapped to the function.`,
    )
  }
}

/** Some producers of test events write lists as objects with the places as keys; both are taken. */
const asList = (given: unknown): unknown =>
  given !== null && typeof given === 'object' && !Array.isArray(given) ? Object.values(given) : given
const listOrNumbered = <T extends z.ZodType>(item: T) => z.preprocess(asList, z.array(item))

const recordSchema = z.object({
  topic: z.string().min(1),
  partition: z.int().min(0),
  offset: z.int().min(0),
  // -1: the producer's format has none (Kafka's NO_TIMESTAMP). Its spans are then of no known time, and die one by one.
  timestamp: z.int().min(-1),
  value: z.string().nullish(),
  // As the producer wrote them: `originOf` reads the one header that is Tollgate's own.
  headers: z.unknown().optional(),
})

const eventSchema = z.object({
  eventSource: z.enum(['aws:kafka', 'SelfManagedKafka']),
  eventSourceArn: z.string().optional(),
  bootstrapServers: z.string().optional(),
  records: z.record(z.string(), listOrNumbered(recordSchema)),
})

/**
 * Parses the event that Lambda's Kafka event source delivers (Lambda guide, "with-msk").
 * @throws NotAKafkaEvent
 */
export function parseKafkaEvent(event: unknown): readonly KafkaPartition[] {
  const parsed = eventSchema.safeParse(event)
  if (!parsed.success) throw new NotAKafkaEvent(whatIsWrong(event, parsed.error))
  const cluster = parsed.data.eventSourceArn ?? sortedServers(parsed.data.bootstrapServers ?? '')
  return Object.values(parsed.data.records).flatMap((records) => {
    const first = records[0]
    if (first === undefined) return []
    const ascending = [...records].sort((a, b) => a.offset - b.offset)
    return [{ cluster, topic: first.topic, partition: first.partition, records: ascending.map(toRecord) }]
  })
}

const toRecord = ({ offset, timestamp, value, headers }: z.infer<typeof recordSchema>): KafkaRecord => ({
  offset,
  timestampMs: Math.max(0, timestamp) as EpochMs,
  value: value ?? undefined,
  origin: originOf(headers),
})

/** Far more than an origin has. */
const ORIGIN_BYTES_MAX = 256

/** Names with lists of bytes, which some producers of events sign. A header that is no origin is a stranger's, and means nothing. */
function originOf(headers: unknown): Origin | undefined {
  const list = asList(headers)
  if (!Array.isArray(list)) return undefined
  for (const header of list) {
    const bytes: unknown = header instanceof Object ? header[ORIGIN_HEADER] : undefined
    if (!Array.isArray(bytes) || bytes.length > ORIGIN_BYTES_MAX) continue
    const origin = parseOrigin(Buffer.from(bytes.map((byte) => Number(byte) & 0xff)).toString('latin1'))
    if (origin !== undefined) return origin
  }
  return undefined
}

const sortedServers = (servers: string): string => servers.split(',').sort().join(',')

function whatIsWrong(event: unknown, error: z.ZodError): string {
  const source = z.object({ eventSource: z.string() }).safeParse(event)
  const first = z.object({ Records: z.array(z.object({ eventSource: z.string() })).min(1) }).safeParse(event)
  const other = source.success
    ? source.data.eventSource
    : first.success
      ? first.data.Records[0]?.eventSource
      : undefined
  if (other !== undefined && !['aws:kafka', 'SelfManagedKafka'].includes(other)) return `this one is of "${other}"`
  const issue = error.issues[0]
  return `at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'not an event'}`
}
