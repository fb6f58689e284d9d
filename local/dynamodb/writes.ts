import { isDeepStrictEqual } from 'node:util'
import type { Answer, Engine } from './engine.ts'
import { itemLocks } from './item-locks.ts'
import type { Item, Streams } from './stream.ts'
import type { TableSettings } from './table-settings.ts'

type Input = Readonly<Record<string, unknown>>
interface ItemRef {
  readonly table: string
  readonly key: Item
}

/** Runs PutItem, UpdateItem, DeleteItem and BatchWriteItem; `byTimeToLive` marks the deletes of expiry in the stream. */
export type Write = (operation: string, input: Input, byTimeToLive?: boolean) => Promise<Answer>

const CONDITION_FAILED = 'ConditionalCheckFailedException'

/** What one entry of BatchWriteItem writes: an item, or a key. */
interface BatchEntry {
  readonly PutRequest?: { readonly Item: Item }
  readonly DeleteRequest?: { readonly Key: Item }
}

/** The items that an input writes, as far as it says so: what is malformed is left for the engine to refuse. */
function itemsOf(input: Input): { readonly table: string; readonly item: Item }[] {
  if (typeof input.TableName === 'string') {
    const item = input.Key ?? input.Item
    return typeof item === 'object' && item !== null ? [{ table: input.TableName, item: item as Item }] : []
  }
  const tables = Object.entries((input.RequestItems ?? {}) as Record<string, readonly BatchEntry[]>)
  return tables.flatMap(([table, entries]) =>
    (Array.isArray(entries) ? entries : []).flatMap((entry: BatchEntry) => {
      const item = entry.PutRequest?.Item ?? entry.DeleteRequest?.Key
      return item === undefined ? [] : [{ table, item }]
    }),
  )
}

async function read(engine: Engine, { table, key }: ItemRef): Promise<Item | undefined> {
  const answer = await engine.execute('GetItem', { TableName: table, Key: { ...key }, ConsistentRead: true })
  return answer.body.Item as Item | undefined
}

/**
 * The write path. Writes to one item go one after the other, so that what dynalite lacks is exact: the old item on a
 * failed condition (ReturnValuesOnConditionCheckFailure) and, for tables with a stream, the images before and after.
 * A write that changes nothing leaves no stream record, as in DynamoDB.
 */
export function openWrites(engine: Engine, settings: TableSettings, streams: Streams): Write {
  const hold = itemLocks()

  async function refsOf(input: Input): Promise<ItemRef[]> {
    const refs: ItemRef[] = []
    for (const { table, item } of itemsOf(input)) {
      const names = await settings.keyNames(table)
      if (names === undefined || names.some((name) => item[name] === undefined)) return []
      refs.push({ table, key: Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : []))) })
    }
    return refs
  }

  async function executeAndRecord(
    operation: string,
    input: Input,
    refs: readonly ItemRef[],
    byTimeToLive: boolean,
  ): Promise<Answer> {
    const streamed = refs.filter((ref) => settings.hasStream(ref.table))
    const before = await Promise.all(streamed.map((ref) => read(engine, ref)))
    const answer = await engine.execute(operation, { ...input })
    if (answer.status !== 200) return answer
    for (const [index, ref] of streamed.entries()) {
      const change = { table: ref.table, keys: ref.key, before: before[index], after: await read(engine, ref) }
      if (!isDeepStrictEqual(change.before, change.after)) await streams.append({ ...change, byTimeToLive })
    }
    return answer
  }

  async function withOldItem(answer: Answer, input: Input, ref: ItemRef | undefined): Promise<Answer> {
    const failed = String(answer.body.__type ?? '').endsWith(CONDITION_FAILED)
    if (!failed || input.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD' || ref === undefined) return answer
    const item = await read(engine, ref)
    return item === undefined ? answer : { ...answer, body: { ...answer.body, Item: item } }
  }

  return async (operation, input, byTimeToLive = false) => {
    const refs = await refsOf(input)
    const names = refs.map((ref) => JSON.stringify([ref.table, ref.key]))
    return hold(names, async () =>
      withOldItem(await executeAndRecord(operation, input, refs, byTimeToLive), input, refs[0]),
    )
  }
}
