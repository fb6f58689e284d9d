import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { freePort } from './free-port.ts'
import { jarsOf } from './jars.ts'
import { startJava } from './java-process.ts'
import { untilListening } from './until-listening.ts'

/** Amazon's DynamoDB Local, running on a loopback port. */
export interface DynamoDbLocal {
  readonly endpoint: string
  readonly client: DynamoDBClient
  close(): Promise<void>
}

/** Starts DynamoDB Local, in memory or in a folder that survives a restart. */
export async function startDynamoDbLocal(
  options: { readonly folder?: string; readonly port?: number } = {},
): Promise<DynamoDbLocal> {
  const port = options.port ?? (await freePort())
  const where = options.folder === undefined ? ['-inMemory'] : ['-dbPath', options.folder]
  const java = await startJava(
    await jarsOf('dynamodb'),
    ['software.amazon.dynamodb.services.local.main.ServerRunner', '-sharedDb', '-port', String(port), ...where],
    /CorsParams/,
    { heapMiB: 512 },
  )
  await untilListening(port)
  const endpoint = `http://127.0.0.1:${port}`
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  return {
    endpoint,
    client,
    close: async () => {
      client.destroy()
      await java.kill()
    },
  }
}
