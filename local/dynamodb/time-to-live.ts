import type { EpochMs } from '../../layers/core/time/instants.ts'
import type { Answer, Engine } from './engine.ts'
import type { Item } from './stream.ts'
import type { TableSettings } from './table-settings.ts'
import type { Write } from './writes.ts'

/** DynamoDB leaves items alone that expired more than five years ago (developer guide, TTL). */
const OLDEST_EXPIRY_S = 5 * 365 * 24 * 3600

interface TimeToLiveInput {
  readonly TableName?: string
  readonly TimeToLiveSpecification?: { readonly AttributeName?: string; readonly Enabled?: boolean }
}

const noSuchTable: Answer = {
  status: 400,
  body: {
    __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
    message: 'Requested resource not found',
  },
}
const invalid = (message: string): Answer => ({
  status: 400,
  body: { __type: 'com.amazon.coral.validate#ValidationException', message },
})

/** Answers UpdateTimeToLive. */
export async function updateTimeToLive(input: TimeToLiveInput, settings: TableSettings): Promise<Answer> {
  const table = input.TableName ?? ''
  const { AttributeName, Enabled } = input.TimeToLiveSpecification ?? {}
  if (typeof AttributeName !== 'string' || typeof Enabled !== 'boolean') {
    return invalid('TimeToLiveSpecification needs an AttributeName and Enabled')
  }
  if ((await settings.keyNames(table)) === undefined) return noSuchTable
  const isEnabled = settings.timeToLiveOf(table) !== undefined
  if (isEnabled === Enabled) return invalid(`TimeToLive is already ${Enabled ? 'enabled' : 'disabled'}`)
  await settings.setTimeToLive(table, Enabled ? AttributeName : undefined)
  return { status: 200, body: { TimeToLiveSpecification: { AttributeName, Enabled } } }
}

/** Answers DescribeTimeToLive. */
export async function describeTimeToLive(input: TimeToLiveInput, settings: TableSettings): Promise<Answer> {
  const table = input.TableName ?? ''
  if ((await settings.keyNames(table)) === undefined) return noSuchTable
  const attribute = settings.timeToLiveOf(table)
  const description =
    attribute === undefined
      ? { TimeToLiveStatus: 'DISABLED' }
      : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute }
  return { status: 200, body: { TimeToLiveDescription: description } }
}

async function* expiredItems(engine: Engine, table: string, attribute: string, nowS: number): AsyncGenerator<Item> {
  let from: unknown
  do {
    const page = await engine.execute('Scan', {
      TableName: table,
      FilterExpression: '#expires BETWEEN :oldest AND :now',
      ExpressionAttributeNames: { '#expires': attribute },
      ExpressionAttributeValues: { ':oldest': { N: String(nowS - OLDEST_EXPIRY_S) }, ':now': { N: String(nowS) } },
      ...(from === undefined ? {} : { ExclusiveStartKey: from }),
    })
    yield* (page.body.Items ?? []) as Item[]
    from = page.body.LastEvaluatedKey
  } while (from !== undefined)
}

/**
 * Deletes what has expired at `now`, at once; DynamoDB itself takes up to days. An item that was renewed meanwhile
 * stays.
 * @returns how many items were deleted
 */
export async function expire(now: EpochMs, engine: Engine, settings: TableSettings, write: Write): Promise<number> {
  const nowS = Math.floor(now / 1000)
  let deleted = 0
  for (const [table, attribute] of settings.expiring()) {
    const names = (await settings.keyNames(table)) ?? []
    for await (const item of expiredItems(engine, table, attribute, nowS)) {
      const request = {
        TableName: table,
        Key: Object.fromEntries(names.map((name) => [name, item[name]])),
        ConditionExpression: '#expires <= :now',
        ExpressionAttributeNames: { '#expires': attribute },
        ExpressionAttributeValues: { ':now': { N: String(nowS) } },
      }
      const answer = await write('DeleteItem', request, true)
      if (answer.status === 200) deleted += 1
    }
  }
  return deleted
}
