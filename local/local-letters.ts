import { S3Client } from '@aws-sdk/client-s3'
import { connectDeadLetters, type DeadLettersBucket } from '../layers/adapters/dead-letters-bucket.ts'
import { startBucket } from './bucket.ts'

/** The bucket's name in the local system. */
export const DEAD_LETTERS_BUCKET = 'tollgate-dead-letters'

export interface LocalLetters {
  readonly letters: DeadLettersBucket
  close(): Promise<void>
}

/** The dead letters of a local system, in its folder, without the system. */
export async function openLocalLetters(folder: string): Promise<LocalLetters> {
  const bucket = await startBucket(folder)
  const client = new S3Client({
    endpoint: bucket.endpoint,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  return {
    letters: connectDeadLetters(client, DEAD_LETTERS_BUCKET),
    close: async () => {
      client.destroy()
      await bucket.close()
    },
  }
}
