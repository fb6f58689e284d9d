import type { IncomingMessage } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import type { Clock, Sleep } from '../clock.ts'
import { listenOnLoopback, readBody, send } from '../http.ts'
import { type Answer, type Engine, openEngine } from './engine.ts'
import { refuseLongExpression } from './expression-limit.ts'
import { openStreams, type StreamConsumer } from './stream.ts'
import { openTableSettings, type TableSettings } from './table-settings.ts'
import { describeTimeToLive, expire, updateTimeToLive } from './time-to-live.ts'
import { openWrites } from './writes.ts'

/** The DynamoDB stand-in, running. */
export interface DynamoDbStandIn {
  /** For the SDK client's `endpoint`; any region and any credentials will do. */
  readonly endpoint: string
  /** Starts a consumer on a table's stream. */
  onStream(table: string, consumer: StreamConsumer): void
  /** Resolves when the streams' consumers have finished with every record. */
  drain(): Promise<void>
  /** Deletes the items whose time to live is over at `now`; answers how many. */
  expire(now: EpochMs): Promise<number>
  close(): Promise<void>
}

export interface DynamoDbOptions {
  /** Keeps the tables there; in memory without it. */
  readonly folder?: string
  /** 0, the default, takes any free port. */
  readonly port?: number
  readonly clock: Clock
  readonly sleep: Sleep
}

type Input = Readonly<Record<string, unknown>>

/** DynamoDB's own limit of a request (developer guide, BatchWriteItem). */
const BODY_MAX_BYTES = 16 * 1024 * 1024
const HEADERS = { 'content-type': 'application/x-amz-json-1.0' }
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'])

/** dynalite makes a table active a tick after it answered; here it is active when the answer arrives. */
async function createTable(engine: Engine, settings: TableSettings, input: Input): Promise<Answer> {
  const { StreamSpecification, ...rest } = input
  const answer = await engine.execute('CreateTable', rest)
  if (answer.status !== 200) return answer
  const table = String(input.TableName)
  for (;;) {
    const { body } = await engine.execute('DescribeTable', { TableName: table })
    const description = body.Table as { TableStatus?: string } | undefined
    if (description?.TableStatus === 'ACTIVE') break
    await setImmediate()
  }
  await settings.setStream(
    table,
    (StreamSpecification as { StreamEnabled?: boolean } | undefined)?.StreamEnabled === true,
  )
  return answer
}

const refused = (type: string, message: string): Answer => ({
  status: 400,
  body: { __type: `com.amazon.coral.service#${type}`, message },
})

async function inputOf(request: IncomingMessage): Promise<Input | undefined> {
  try {
    const input: unknown = JSON.parse((await readBody(request, BODY_MAX_BYTES)).toString())
    return typeof input === 'object' && input !== null && !Array.isArray(input) ? (input as Input) : undefined
  } catch {
    return undefined
  }
}

/**
 * Starts the stand-in on the loopback interface: dynalite's tables behind DynamoDB's own HTTP protocol, with what
 * dynalite lacks: the old item on a failed condition, the limit of an expression, time to live, streams.
 * @throws DataFolderUnusable, PortTaken
 */
export async function startDynamoDb(options: DynamoDbOptions): Promise<DynamoDbStandIn> {
  const engine = await openEngine(options.folder)
  const settings = await openTableSettings(engine, engine.drawer('settings'))
  const streams = await openStreams(engine.drawer('stream'), engine.drawer('positions'), options.clock, options.sleep)
  const write = openWrites(engine, settings, streams)

  const answer = async (operation: string, input: Input): Promise<Answer> => {
    const refusal = refuseLongExpression(input)
    if (refusal !== undefined) return refusal
    if (WRITES.has(operation)) return write(operation, input)
    if (operation === 'CreateTable') return createTable(engine, settings, input)
    if (operation === 'UpdateTimeToLive') return updateTimeToLive(input, settings)
    if (operation === 'DescribeTimeToLive') return describeTimeToLive(input, settings)
    return engine.execute(operation, { ...input })
  }

  const server = await listenOnLoopback(async (request, response) => {
    const [, operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.')
    const input = await inputOf(request)
    const { status, body } =
      input === undefined
        ? refused('SerializationException', 'the body is no JSON object')
        : await answer(operation, input)
    send(response, status, HEADERS, JSON.stringify(body))
  }, options.port)

  return {
    endpoint: server.url,
    onStream: streams.onStream,
    drain: streams.drain,
    expire: (now) => expire(now, engine, settings, write),
    close: async () => {
      await server.close()
      await streams.close()
      await engine.close()
    },
  }
}
