import { GetObjectCommand, paginateListObjectsV2, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { z } from 'zod'
import { type DeadLetter, deadLetterName } from '../core/ledger/dead-letter.ts'
import { DEAD_REASONS } from '../core/otlp/span.ts'
import type { EpochMs } from '../core/time/instants.ts'

const PREFIX = 'dead-letters/'

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
})

export interface DeadLettersBucket {
  /** Keeps a letter under its own name: keeping it twice changes nothing. */
  keep(letter: DeadLetter): Promise<void>
  /** All letters, by reason and time. */
  list(): AsyncGenerator<DeadLetter>
}

/** Connects the bucket of what cannot be booked: a JSON object a letter, bodies in base64. */
export function connectDeadLetters(client: S3Client, bucket: string): DeadLettersBucket {
  return {
    async keep(letter) {
      const body = { ...letter, bodies: letter.bodies.map((bytes) => Buffer.from(bytes).toString('base64')) }
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: `${PREFIX}${deadLetterName(letter)}`,
          Body: JSON.stringify(body),
          ContentType: 'application/json',
        }),
      )
    },
    async *list() {
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: PREFIX })) {
        for (const { Key } of page.Contents ?? []) {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
          if (Body !== undefined) yield storedSchema.parse(JSON.parse(await Body.transformToString()))
        }
      }
    },
  }
}
