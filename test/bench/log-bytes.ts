import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Context } from 'aws-lambda'
import { systemClock } from '../../local/clock.ts'
import { startDynamoDb } from '../../local/dynamodb/server.ts'
import { createTables, LOCAL_TABLES } from '../../local/tables.ts'
import { httpApiEvent } from '../functions/http-api-event.ts'
import { BASE } from './consumer.ts'
import { mskEvent } from './msk-event.ts'

/** Bytes that are logged, the lines of the code and Lambda's own. */
export interface LogBytes {
  /** A call of attribute-spans that closes no window. */
  readonly event: number
  /** What closing a window adds to the call that does it. */
  readonly close: number
  /** A call that finds nothing to do: the tick's, where the traffic closes the windows. */
  readonly idle: number
  /** A gate's question. */
  readonly gate: number
}

type Measured = 'attribute-spans' | 'close-windows' | 'throttle-gate'

const REQUEST_ID = '8f507cfc-xmpl-4697-b07a-ac58fc914c95'

/** What Lambda writes around a call, as the Lambda guide shows it (nodejs-logging, "Viewing logs in CloudWatch Logs"), without a trace's line. */
const LAMBDAS_OWN = [
  `START RequestId: ${REQUEST_ID} Version: $LATEST\n`,
  `END RequestId: ${REQUEST_ID}\n`,
  `REPORT RequestId: ${REQUEST_ID}\tDuration: 128.83 ms\tBilled Duration: 129 ms\tMemory Size: 1769 MB\tMax Memory Used: 174 MB\t\n`,
].join('').length

/** What Lambda puts before a line of `console`; Powertools writes its own lines past it. */
const PREFIX = `2026-11-24T08:30:00.000Z\t${REQUEST_ID}\tWARN\t`.length

type Handler = (event: unknown, context: Context) => Promise<unknown>

/** Calls the deployed handlers on local tables and counts what they write. */
export async function logBytes(): Promise<LogBytes> {
  const dynamodb = await startDynamoDb({ clock: systemClock(), sleep: async () => {} })
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-logs-'))
  const configuration = join(folder, 'configuration.json')
  writeFileSync(configuration, '{}')
  Object.assign(process.env, {
    ...LOCAL_TABLES,
    DEAD_LETTERS_BUCKET: 'none',
    TOLLGATE_CONFIGURATION_FILE: configuration,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    POWERTOOLS_METRICS_NAMESPACE: 'tollgate',
  })
  const client = new DynamoDBClient({})
  try {
    await createTables(client)
    const event = JSON.parse(mskEvent({ ...BASE, services: 5, spansPerRecord: 100, maxBytes: 200_000 }).json)
    const closing = await loggedBy('attribute-spans', event)
    const ordinary = await loggedBy('attribute-spans', event)
    return {
      event: ordinary,
      close: closing - ordinary,
      idle: await loggedBy('close-windows', {}),
      gate: await loggedBy('throttle-gate', httpApiEvent('/v1/flags')),
    }
  } finally {
    client.destroy()
    await dynamodb.close()
    rmSync(folder, { recursive: true })
  }
}

async function loggedBy(name: Measured, event: unknown): Promise<number> {
  process.env.POWERTOOLS_SERVICE_NAME = name
  const { handler } = (await import(`../../functions/${name}/handler.ts`)) as { readonly handler: Handler }
  const [out, error] = [process.stdout.write, process.stderr.write]
  let bytes = LAMBDAS_OWN
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    bytes += Buffer.byteLength(chunk as string)
    return true
  }
  process.stderr.write = (chunk: string | Uint8Array): boolean => {
    bytes += Buffer.byteLength(chunk as string) + PREFIX
    return true
  }
  try {
    await handler(event, contextOf(name))
  } finally {
    process.stdout.write = out
    process.stderr.write = error
  }
  return bytes
}

const contextOf = (name: string): Context =>
  ({
    functionName: `tollgate-${name}`,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:tollgate-${name}`,
    memoryLimitInMB: '1769',
    awsRequestId: REQUEST_ID,
    logGroupName: '',
    logStreamName: '',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => 60_000,
  }) as unknown as Context
