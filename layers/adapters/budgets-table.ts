import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { freshState } from '../core/budgets/judge.ts'
import type { BudgetState } from '../core/budgets/state.ts'
import { decodeState, encodeState } from '../core/budgets/state-codec.ts'
import { type EpochMs, MINUTES_PER_HOUR, type Minute, startOfMinute } from '../core/time/instants.ts'
import {
  LOOK_MS,
  type Look,
  type PartitionOpening,
  type PartitionProgress,
  type PartitionReport,
} from '../core/windows/progress.ts'
import { type BudgetChanges, connectBudgetChanges } from './budgets-changes.ts'
import { type BudgetEvents, connectBudgetEvents } from './budgets-events.ts'
import { unlessConditionFails } from './conditional-write.ts'
import { readableItem, SCHEMA_ATTRIBUTE, SCHEMA_VALUE, versioned } from './schema-version.ts'

/** The Budgets table, one named function for each way it is used. All throw the SDK's errors when it is out of reach. */
export interface BudgetsTable extends BudgetChanges, BudgetEvents {
  /** Makes a service known to the close; one that is known stays as it is. */
  registerService(service: string): Promise<void>
  /** All services' states. One that cannot be read is left out, and told to `observeUnreadable`: the others go on. */
  readStates(): Promise<readonly BudgetState[]>
  /** Writes the state that follows `before`; false when somebody else has judged a window since. */
  writeState(before: BudgetState, after: BudgetState): Promise<boolean>
  /** A batch of these partitions is being booked from now on; answers with their progress until now. */
  markOpen(openings: readonly PartitionOpening[], now: EpochMs): Promise<readonly PartitionProgress[]>
  /** What is booked of these partitions, which are open no longer; answers with all partitions' progress. */
  reportProgress(reports: readonly PartitionReport[], now: EpochMs): Promise<readonly PartitionProgress[]>
  readProgress(): Promise<readonly PartitionProgress[]>
  /** The newest window that was closed for every service; undefined before the first. */
  readClosed(): Promise<Minute | undefined>
  /** Takes the close of a window for a minute; false when it is closed, or somebody else is at it. */
  claimWindow(window: Minute, now: EpochMs): Promise<boolean>
  /**
   * Takes a look at windows that are held, as a close takes one, `LOOK_MS` after the look before at the soonest, and answers with
   * that one; undefined when somebody else has looked, or is at a close.
   */
  claimLook(look: Look): Promise<{ readonly before: Look | undefined } | undefined>
  /** Gives a claim taken at `now` back, so that the next closer need not wait for it to run out. */
  releaseWindow(now: EpochMs): Promise<void>
  /** The window is closed for every service. */
  finishWindow(window: Minute): Promise<void>
}

const STATE = 'state'
const PROGRESS = { kind: { S: 'progress' }, subject: { S: 'partitions' } } as const
const WINDOWS = { kind: { S: 'windows' }, subject: { S: 'closed' } } as const

/** Of an item that is updated in place: a version that is there stays, so that an older release cannot lower it. */
const KEEP_VERSION = '#v = if_not_exists(#v, :v)'

/** A closer that has crashed is followed by another after so long; the services it had judged are skipped then. */
const CLAIM_MS = 60_000

/** A service that spends nothing is forgotten after so long: its baselines look back seven days. Minutes. */
const FORGOTTEN_AFTER = 8 * 24 * MINUTES_PER_HOUR

/** Connects the Budgets table (partition key `kind`, sort key `subject`). */
export function connectBudgets(
  client: DynamoDBClient,
  table: string,
  observeUnreadable: (service: string, error: unknown) => void = () => {},
): BudgetsTable {
  return {
    ...connectBudgetChanges(client, table),
    ...connectBudgetEvents(client, table),
    registerService: (service) => registerService(client, table, service),
    readStates: () => readStates(client, table, observeUnreadable),
    writeState: (before, after) => writeState(client, table, before, after),
    markOpen: (openings, now) => markOpen(client, table, openings, now),
    reportProgress: (reports, now) => reportProgress(client, table, reports, now),
    readProgress: async () => progressOf(await readItem(client, table, PROGRESS)),
    readClosed: async () => {
      const closed = (await readItem(client, table, WINDOWS))?.closed?.N
      return closed === undefined ? undefined : (Number(closed) as Minute)
    },
    claimWindow: (window, now) => claimWindow(client, table, window, now),
    claimLook: (look) => claimLook(client, table, look),
    releaseWindow: (now) => releaseWindow(client, table, now),
    finishWindow: (window) => finishWindow(client, table, window),
  }
}

async function readItem(
  client: DynamoDBClient,
  table: string,
  Key: Record<string, AttributeValue>,
): Promise<Record<string, AttributeValue> | undefined> {
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))
  return readableItem(Item)
}

/** The state beside the few attributes that stream filters and conditions read. */
const stateItem = (state: BudgetState): Record<string, AttributeValue> => ({
  kind: { S: STATE },
  subject: { S: state.service },
  state: { S: encodeState(state) },
  phase: { S: state.phase },
  mode: { S: state.mode },
  admit: { N: String(state.admit) },
  closed: { N: String(state.closed) },
  version: { N: String(state.version) },
  ...(state.heldBack !== undefined && { heldBack: { S: state.heldBack } }),
  ...(state.version > 0 && { expiresAt: { N: String(expiryOf(state)) } }),
})

/** Epoch seconds. Every judgement renews it; of a service that spends nothing no judgement is written. */
const expiryOf = ({ closed }: BudgetState): number => startOfMinute((closed + FORGOTTEN_AFTER) as Minute) / 1000

async function registerService(client: DynamoDBClient, table: string, service: string): Promise<void> {
  await unlessConditionFails(
    client.send(
      new PutItemCommand({
        TableName: table,
        Item: versioned(stateItem(freshState(service, 'shadow'))),
        ConditionExpression: 'attribute_not_exists(#subject)',
        ExpressionAttributeNames: { '#subject': 'subject' },
      }),
    ),
  )
}

async function readStates(
  client: DynamoDBClient,
  table: string,
  observeUnreadable: (service: string, error: unknown) => void,
): Promise<readonly BudgetState[]> {
  const states: BudgetState[] = []
  const query = {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: '#kind = :kind',
    ExpressionAttributeNames: { '#kind': 'kind' },
    ExpressionAttributeValues: { ':kind': { S: STATE } },
  }
  for await (const page of paginateQuery({ client }, query)) {
    for (const item of page.Items ?? []) {
      try {
        states.push(decodeState(readableItem(item).state?.S ?? ''))
      } catch (error) {
        observeUnreadable(item.subject?.S ?? '', error)
      }
    }
  }
  return states
}

function writeState(client: DynamoDBClient, table: string, before: BudgetState, after: BudgetState): Promise<boolean> {
  return unlessConditionFails(
    client.send(
      new PutItemCommand({
        TableName: table,
        Item: versioned(stateItem(after)),
        ConditionExpression: '#version = :before',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':before': { N: String(before.version) } },
      }),
    ),
  )
}

/** `o<shard>`: epoch ms since when a batch of the partition is being booked, retries included. `p<shard>`: its report. `b<shard>`: its beginning. */
const openAttribute = (shard: string): string => `o${shard}`
const reportAttribute = (shard: string): string => `p${shard}`
const beginningAttribute = (shard: string): string => `b${shard}`

/** Partitions in one update: an expression has at most 4 KB. */
const PARTITIONS_PER_UPDATE = 50

async function markOpen(
  client: DynamoDBClient,
  table: string,
  openings: readonly PartitionOpening[],
  now: EpochMs,
): Promise<readonly PartitionProgress[]> {
  const before: PartitionProgress[] = []
  for (const some of inPortions(openings)) {
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: PROGRESS,
        UpdateExpression: `SET ${[KEEP_VERSION, ...some.map((_, i) => `#o${i} = if_not_exists(#o${i}, :n), #b${i} = if_not_exists(#b${i}, :b${i})`)].join(', ')}`,
        ExpressionAttributeNames: {
          '#v': SCHEMA_ATTRIBUTE,
          ...Object.fromEntries(
            some.flatMap(({ shard }, i) => [
              [`#o${i}`, openAttribute(shard)],
              [`#b${i}`, beginningAttribute(shard)],
            ]),
          ),
        },
        ExpressionAttributeValues: {
          ':v': SCHEMA_VALUE,
          ':n': { N: String(now) },
          ...Object.fromEntries(
            some.map(({ first }, i) => [`:b${i}`, { S: `${first.offset} ${first.timestampMs}` }] as const),
          ),
        },
        ReturnValues: 'ALL_OLD',
      }),
    )
    const shards = new Set(some.map(({ shard }) => shard))
    before.push(...progressOf(Attributes).filter(({ shard }) => shards.has(shard)))
  }
  return before
}

async function reportProgress(
  client: DynamoDBClient,
  table: string,
  reports: readonly PartitionReport[],
  now: EpochMs,
): Promise<readonly PartitionProgress[]> {
  let written: Record<string, AttributeValue> | undefined
  for (const some of inPortions(reports)) {
    const names: Record<string, string> = { '#v': SCHEMA_ATTRIBUTE }
    const values: Record<string, AttributeValue> = { ':v': SCHEMA_VALUE }
    for (const [i, report] of some.entries()) {
      names[`#o${i}`] = openAttribute(report.shard)
      names[`#p${i}`] = reportAttribute(report.shard)
      const { nextOffset, newestTimestampMs, caughtUp, highestTimestampMs = newestTimestampMs } = report
      values[`:p${i}`] = { S: [nextOffset, newestTimestampMs, caughtUp ? 1 : 0, now, highestTimestampMs].join(' ') }
    }
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: PROGRESS,
        UpdateExpression: `SET ${[KEEP_VERSION, ...some.map((_, i) => `#p${i} = :p${i}`)].join(', ')} REMOVE ${some.map((_, i) => `#o${i}`).join(', ')}`,
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: values,
        ReturnValues: 'ALL_NEW',
      }),
    )
    written = Attributes
  }
  return progressOf(written)
}

function inPortions<T>(all: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / PARTITIONS_PER_UPDATE)
  return Array.from({ length: count }, (_, i) => all.slice(i * PARTITIONS_PER_UPDATE, (i + 1) * PARTITIONS_PER_UPDATE))
}

function progressOf(item: Record<string, AttributeValue> | undefined): readonly PartitionProgress[] {
  const attributes = readableItem(item) ?? {}
  const shards = new Set(
    Object.keys(attributes)
      .filter((name) => /^[op][0-9a-z]+\.\d+$/.test(name))
      .map((name) => name.slice(1)),
  )
  return [...shards].sort().map((shard) => {
    const open = attributes[openAttribute(shard)]?.N
    const report = attributes[reportAttribute(shard)]?.S?.split(' ').map(Number)
    const first = attributes[beginningAttribute(shard)]?.S?.split(' ').map(Number)
    return {
      shard,
      openSinceMs: open === undefined ? undefined : (Number(open) as EpochMs),
      first: first && { offset: first[0] ?? 0, timestampMs: (first[1] ?? 0) as EpochMs },
      reportedAtMs: (report?.[3] ?? 0) as EpochMs,
      report:
        report === undefined
          ? undefined
          : {
              shard,
              nextOffset: report[0] ?? 0,
              newestTimestampMs: (report[1] ?? 0) as EpochMs,
              caughtUp: report[2] === 1,
              ...(report[4] !== undefined && { highestTimestampMs: report[4] as EpochMs }),
            },
    }
  })
}

function claimWindow(client: DynamoDBClient, table: string, window: Minute, now: EpochMs): Promise<boolean> {
  return unlessConditionFails(
    client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: WINDOWS,
        UpdateExpression: `SET #claimedUntil = :until, ${KEEP_VERSION}`,
        ConditionExpression:
          '(attribute_not_exists(#closed) OR #closed < :window) AND (attribute_not_exists(#claimedUntil) OR #claimedUntil < :now)',
        ExpressionAttributeNames: { '#closed': 'closed', '#claimedUntil': 'claimedUntil', '#v': SCHEMA_ATTRIBUTE },
        ExpressionAttributeValues: {
          ':v': SCHEMA_VALUE,
          ':window': { N: String(window) },
          ':now': { N: String(now) },
          ':until': { N: String(now + CLAIM_MS) },
        },
      }),
    ),
  )
}

async function claimLook(client: DynamoDBClient, table: string, { at, lagMs }: Look) {
  try {
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: WINDOWS,
        UpdateExpression: `SET #claimedUntil = :until, #looked = :now, #lag = :lag, ${KEEP_VERSION}`,
        ConditionExpression:
          '(attribute_not_exists(#looked) OR #looked <= :earlier) AND (attribute_not_exists(#claimedUntil) OR #claimedUntil < :now)',
        ExpressionAttributeNames: {
          '#claimedUntil': 'claimedUntil',
          '#looked': 'looked',
          '#lag': 'lag',
          '#v': SCHEMA_ATTRIBUTE,
        },
        ExpressionAttributeValues: {
          ':v': SCHEMA_VALUE,
          ':earlier': { N: String(at - LOOK_MS) },
          ':lag': { N: String(lagMs) },
          ':now': { N: String(at) },
          ':until': { N: String(at + CLAIM_MS) },
        },
        ReturnValues: 'UPDATED_OLD',
      }),
    )
    const { looked, lag } = Attributes ?? {}
    if (looked?.N === undefined || lag?.N === undefined) return { before: undefined }
    return { before: { at: Number(looked.N) as EpochMs, lagMs: Number(lag.N) } }
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined
    throw error
  }
}

async function releaseWindow(client: DynamoDBClient, table: string, now: EpochMs): Promise<void> {
  await unlessConditionFails(
    client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: WINDOWS,
        UpdateExpression: 'REMOVE #claimedUntil',
        ConditionExpression: '#claimedUntil = :until',
        ExpressionAttributeNames: { '#claimedUntil': 'claimedUntil' },
        ExpressionAttributeValues: { ':until': { N: String(now + CLAIM_MS) } },
      }),
    ),
  )
}

async function finishWindow(client: DynamoDBClient, table: string, window: Minute): Promise<void> {
  await unlessConditionFails(
    client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: WINDOWS,
        UpdateExpression: `SET #closed = :window, ${KEEP_VERSION} REMOVE #claimedUntil`,
        ConditionExpression: 'attribute_not_exists(#closed) OR #closed < :window',
        ExpressionAttributeNames: { '#closed': 'closed', '#claimedUntil': 'claimedUntil', '#v': SCHEMA_ATTRIBUTE },
        ExpressionAttributeValues: { ':window': { N: String(window) }, ':v': SCHEMA_VALUE },
      }),
    ),
  )
}
