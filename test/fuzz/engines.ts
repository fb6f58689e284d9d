import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTables } from '../../local/tables.ts'
import { type DynamoDbLocal, startDynamoDbLocal } from '../integration/engines/dynamodb-local.ts'
import { freePort } from '../integration/engines/free-port.ts'
import { type Kafka, startKafka } from '../integration/engines/kafka.ts'

/** Apache Kafka and DynamoDB Local with a folder each; both come back on their ports with what they had. */
export interface Engines {
  readonly kafka: Kafka
  readonly dynamoPort: number
  /** A client that stays good across restarts. */
  readonly dynamo: DynamoDBClient
  /** Kills the process and starts it again. */
  restartKafka(): Promise<void>
  restartDynamo(): Promise<void>
  close(): Promise<void>
}

/** DynamoDB Local waits for the disk at every write; what is in memory survives its process, too. */
const MEMORY = '/dev/shm'

export async function startEngines(): Promise<Engines> {
  const folder = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'tollgate-fuzz-'))
  const port = await freePort()
  const kafka = await startKafka()
  const first = await startDynamoDbLocal({ folder, port })
  let engine: DynamoDbLocal = first
  const dynamo = new DynamoDBClient({
    ...{ endpoint: first.endpoint, region: 'us-east-1', maxAttempts: 8 },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  await createTables(dynamo)
  return {
    kafka,
    dynamoPort: port,
    dynamo,
    restartKafka: async () => {
      await kafka.stop()
      await kafka.start()
    },
    restartDynamo: async () => {
      await engine.close()
      engine = await startDynamoDbLocal({ folder, port })
    },
    close: async () => {
      dynamo.destroy()
      await Promise.all([kafka.close(), engine.close()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
