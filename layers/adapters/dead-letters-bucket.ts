import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import * as z from 'zod'
import { type DeadLetter, deadLetterName } from '../core/ledger/dead-letter.ts'
import { DEAD_REASONS, type DeadReason } from '../core/otlp/span.ts'
import type { EpochMs } from '../core/time/instants.ts'

const PREFIX = 'dead-letters/'
/** Where a letter goes once it is in the topic again. */
const REDRIVEN = 'redriven/'

const storedSchema = z.object({
  reason: z.enum(DEAD_REASONS),
  topic: z.string(),
  partition: z.int(),
  offset: z.int(),
  shard: z.string(),
  timestampMs: z.number().transform((ms) => ms as EpochMs),
  details: z.array(z.string()),
  bodies: z.array(z.base64().transform((text): Uint8Array => Buffer.from(text, 'base64'))),
  spans: z.int(),
  origin: z
    .object({
      shard: z.string(),
      offset: z.int(),
      timestampMs: z.number().transform((ms) => ms as EpochMs),
      reason: z.enum(DEAD_REASONS),
      part: z.int(),
      attempt: z.int(),
    })
    .exactOptional(),
})

/** Letters of these reasons, of records whose Kafka timestamp lies from `from` to before `to`. */
export interface LetterSelection {
  readonly reasons: readonly DeadReason[]
  readonly from: EpochMs
  readonly to: EpochMs
}

export interface DeadLettersBucket {
  /** Keeps a letter under its own name: keeping it twice changes nothing. */
  keep(letter: DeadLetter): Promise<void>
  /** All letters, by reason and time. */
  list(): AsyncGenerator<DeadLetter>
  /** All letters that were put aside. */
  listAside(): AsyncGenerator<DeadLetter>
  /** The names of the letters of these reasons and of the UTC days that the range touches, by reason and day. */
  find(selection: LetterSelection): AsyncGenerator<string>
  /** The letter of a name; undefined where it is not there any more. @throws ZodError, SyntaxError for no letter */
  read(name: string): Promise<DeadLetter | undefined>
  /** Puts a letter aside that is in the topic again: it is kept as long, and not found any more. */
  putAside(name: string, letter: DeadLetter): Promise<void>
}

/** The bucket in AWS, with the credentials of whoever calls. */
export const openDeadLetters = (bucket: string): DeadLettersBucket => connectDeadLetters(new S3Client({}), bucket)

/** Connects the bucket of what cannot be booked: a JSON object a letter, bodies in base64. */
export function connectDeadLetters(client: S3Client, bucket: string): DeadLettersBucket {
  const put = async (Key: string, letter: DeadLetter): Promise<void> => {
    const body = { ...letter, bodies: letter.bodies.map((bytes) => Buffer.from(bytes).toString('base64')) }
    const Body = JSON.stringify(body)
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType: 'application/json' }))
  }
  async function* all(Prefix: string): AsyncGenerator<DeadLetter> {
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix })) {
      for (const { Key } of page.Contents ?? []) {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
        if (Body !== undefined) yield storedSchema.parse(JSON.parse(await Body.transformToString()))
      }
    }
  }
  return {
    keep: (letter) => put(`${PREFIX}${deadLetterName(letter)}`, letter),
    async *find({ reasons, from, to }) {
      const lastDay = dayOf((to - 1) as EpochMs)
      for (const reason of reasons) {
        const Prefix = `${PREFIX}${reason}/`
        const query = { Bucket: bucket, Prefix, StartAfter: `${Prefix}${dayOf(from)}` }
        for await (const page of paginateListObjectsV2({ client }, query)) {
          const names = (page.Contents ?? []).flatMap(({ Key }) => Key?.slice(PREFIX.length) ?? [])
          const wanted = names.filter((name) => name.slice(reason.length + 1, reason.length + 11) <= lastDay)
          yield* wanted
          if (wanted.length < names.length) break
        }
      }
    },
    read: async (name) => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `${PREFIX}${name}` }))
        return Body === undefined ? undefined : storedSchema.parse(JSON.parse(await Body.transformToString()))
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined
        throw error
      }
    },
    async putAside(name, letter) {
      await put(`${REDRIVEN}${name}`, letter)
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${PREFIX}${name}` }))
    },
    list: () => all(PREFIX),
    listAside: () => all(REDRIVEN),
  }
}

/** `2026-11-23`: the day as names have it. */
const dayOf = (at: EpochMs): string => new Date(at).toISOString().slice(0, 10)
