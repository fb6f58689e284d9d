import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  type GetItemCommandInput,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import { type Item, itemBytes, readUnits, writeUnits } from './item-size.ts'

/** What a table was asked for, in DynamoDB's units. */
export interface Metered {
  writes: number
  writeUnits: number
  /** Of these, what failed conditions cost. */
  refusedUnits: number
  readUnits: number
}

/** Tables in memory that count what DynamoDB would bill, a thousand times faster than an engine. */
export interface MeteredTable {
  /** Takes the commands that book a batch and close a window, with the expressions that the adapters write; others throw. */
  readonly client: DynamoDBClient
  readonly metered: Metered
  /** All items, of whatever table. */
  items(): Iterable<Item>
  /** Puts an item there that costs nothing. */
  put(table: string, item: Item): Promise<void>
}

/**
 * Makes such tables: what a batch and a close do to the Ledger and Budgets tables, and no more of DynamoDB than that.
 * test/integration/bench compares the units with those of DynamoDB Local.
 */
export function meteredTable(): MeteredTable {
  const items = new Map<string, Item>()
  const metered: Metered = { writes: 0, writeUnits: 0, refusedUnits: 0, readUnits: 0 }

  const write = (key: string, before: Item | undefined, after: Item | undefined): void => {
    metered.writes += 1
    metered.writeUnits += writeUnits(before, after)
    if (after !== undefined) items.set(key, after)
  }
  const refuse = (key: string, input: PutItemCommandInput | UpdateItemCommandInput): never => {
    const before = items.get(key)
    write(key, before, undefined)
    metered.refusedUnits += writeUnits(before, undefined)
    const Item = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? before : undefined
    throw new ConditionalCheckFailedException({
      message: 'The conditional request failed',
      $metadata: {},
      ...(Item !== undefined && { Item: { ...Item } }),
    })
  }

  const send = async (command: unknown): Promise<object> => {
    if (command instanceof GetItemCommand) {
      const item = items.get(keyOf(command.input))
      metered.readUnits += readUnits(item === undefined ? 0 : itemBytes(item), command.input.ConsistentRead === true)
      return item === undefined ? {} : { Item: item }
    }
    if (command instanceof PutItemCommand) {
      const { input } = command
      const key = keyOf({ TableName: input.TableName, Key: input.Item })
      if (!holds(input, items.get(key))) return refuse(key, input)
      write(key, items.get(key), input.Item)
      return {}
    }
    if (command instanceof UpdateItemCommand) {
      const { input } = command
      const key = keyOf(input)
      const before = items.get(key)
      if (!holds(input, before)) return refuse(key, input)
      const after = updated(input, before)
      write(key, before, after)
      return { Attributes: input.ReturnValues === 'ALL_NEW' ? after : before }
    }
    if (command instanceof QueryCommand) {
      const found = [...items.values()].filter(matcherOf(command.input))
      const bytes = found.reduce((sum, item) => sum + itemBytes(item), 0)
      metered.readUnits += readUnits(bytes, command.input.ConsistentRead === true)
      return { Items: found }
    }
    throw new Error('the metered table takes GetItem, PutItem, UpdateItem and Query')
  }
  const client = new DynamoDBClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  })
  return {
    client: Object.assign(client, { send }),
    metered,
    items: () => items.values(),
    put: async (TableName, Key) => {
      items.set(keyOf({ TableName, Key }), Key)
    },
  }
}

const KEYS = ['service', 'row', 'kind', 'subject']

function keyOf({ TableName, Key }: Pick<GetItemCommandInput, 'TableName' | 'Key'>): string {
  return [TableName, ...KEYS.map((name) => Key?.[name]?.S ?? '')].join('\n')
}

type Names = Record<string, string> | undefined
type Values = Record<string, AttributeValue> | undefined

const nameIn = (names: Names, text: string): string => names?.[text] ?? text

/** `attribute_not_exists(#a)`, `#a = :b`, `<` and `<=`, joined by AND and OR, groups in parentheses; none holds always. */
function holds(input: PutItemCommandInput | UpdateItemCommandInput, item: Item | undefined): boolean {
  const anyHolds = (expression: string): boolean =>
    partsAt(' OR ', expression).some((way) => partsAt(' AND ', way).every(partHolds))
  const partHolds = (part: string): boolean =>
    part.startsWith('(') ? anyHolds(part.slice(1, -1)) : termHolds(part, input, item)
  return input.ConditionExpression === undefined || anyHolds(input.ConditionExpression)
}

/** The parts of an expression between the separators that stand in no parentheses. */
function partsAt(separator: string, expression: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let at = 0; at < expression.length; at += 1) {
    if (expression[at] === '(') depth += 1
    else if (expression[at] === ')') depth -= 1
    else if (depth === 0 && expression.startsWith(separator, at)) {
      parts.push(expression.slice(from, at))
      from = at + separator.length
    }
  }
  return [...parts, expression.slice(from)]
}

function termHolds(term: string, input: PutItemCommandInput | UpdateItemCommandInput, item: Item | undefined): boolean {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input
  const absent = /^attribute_not_exists\((\S+)\)$/.exec(term)?.[1]
  if (absent !== undefined) return item?.[nameIn(names, absent)] === undefined
  const [, name = '', operator = '', value = ''] = /^(\S+) (=|<|<=) (\S+)$/.exec(term) ?? []
  if (operator === '') throw new Error(`the metered table does not know the condition "${term}"`)
  const [stored, wanted] = [item?.[nameIn(names, name)], values?.[value]]
  if (stored === undefined) return false
  if (operator === '=') return stored.N === wanted?.N && stored.S === wanted?.S
  const less = BigInt(stored.N ?? 0) - BigInt(wanted?.N ?? 0)
  return operator === '<' ? less < 0n : less <= 0n
}

/** `#a = :a`, and `begins_with(#b, :b)` or `#b BETWEEN :b AND :c`. */
function matcherOf(input: QueryCommandInput): (item: Item) => boolean {
  const { KeyConditionExpression = '', ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input
  const [, partition = '', equals = '', sort] = /^(\S+) = (\S+)(?: AND (.+))?$/.exec(KeyConditionExpression) ?? []
  const [, prefixed, prefix = ''] = /^begins_with\((\S+), (\S+)\)$/.exec(sort ?? '') ?? []
  const [, ranged, first = '', last = ''] = /^(\S+) BETWEEN (\S+) AND (\S+)$/.exec(sort ?? '') ?? []
  if (partition === '' || (sort !== undefined && prefixed === undefined && ranged === undefined)) {
    throw new Error(`the metered table does not know the query "${KeyConditionExpression}"`)
  }
  const text = (value: string): string => values?.[value]?.S ?? ''
  return (item) => {
    if (item[nameIn(names, partition)]?.S !== text(equals)) return false
    if (prefixed !== undefined) return item[nameIn(names, prefixed)]?.S?.startsWith(text(prefix)) === true
    if (ranged === undefined) return true
    const key = item[nameIn(names, ranged)]?.S ?? ''
    return key >= text(first) && key <= text(last)
  }
}

/** `SET #a = :a, #b = if_not_exists(#b, :b), ... REMOVE #b, ... ADD #c :c, ...` in any order. */
function updated(input: UpdateItemCommandInput, before: Item | undefined): Item {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input
  const item: Record<string, AttributeValue> = { ...(before ?? input.Key) }
  for (const clause of (input.UpdateExpression ?? '').split(/ (?=SET |REMOVE |ADD )/)) {
    const [verb = ''] = clause.split(' ', 1)
    for (const action of clause.slice(verb.length + 1).split(/, (?=#)/)) act(item, verb, action, names, values)
  }
  return item
}

function act(item: Record<string, AttributeValue>, verb: string, action: string, names: Names, values: Values): void {
  const [placeholder = ''] = action.split(' ', 1)
  const name = nameIn(names, placeholder)
  const value = values?.[/:\w+(?=\)?$)/.exec(action)?.[0] ?? '']
  if (action.includes('if_not_exists') && item[name] !== undefined) return
  if (verb === 'REMOVE') delete item[name]
  else if (value === undefined) throw new Error(`the metered table does not know "${verb} ${action}"`)
  else if (verb === 'SET') item[name] = value
  else item[name] = { N: (BigInt(item[name]?.N ?? 0) + BigInt(value.N ?? 0)).toString() }
}
