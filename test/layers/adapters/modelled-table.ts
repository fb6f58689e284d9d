import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'

type Item = Record<string, AttributeValue>

/** A request as the SDK would send it: the command's name (`UpdateItem`) and what is in it. */
export interface Request {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

/** What a request does on its way: `apply` runs it in one step and answers; call it once, never, or late. */
export type Passage = (request: Request, apply: () => object) => Promise<object>

/** A table as a map, each request one step: as much of DynamoDB as the ledger's writes and reads need. */
export interface ModelledTable {
  readonly items: Map<string, Item>
  /** A client whose requests reach the table through `passage`. */
  clientThrough(passage: Passage): DynamoDBClient
}

/** Making a client takes milliseconds; what is sent through it never leaves the process. */
const SDK_CLIENT = new DynamoDBClient({
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
})

/** `conditions: false` makes a table that ignores them, as a control. */
export function modelledTable({ conditions } = { conditions: true }): ModelledTable {
  const items = new Map<string, Item>()
  return {
    items,
    clientThrough(passage) {
      const client: DynamoDBClient = Object.create(SDK_CLIENT)
      const send = (command: unknown): Promise<object> =>
        passage(requestOf(command), () => answer(items, command, conditions))
      client.send = send as typeof client.send
      return client
    },
  }
}

const requestOf = (command: unknown): Request => {
  const sent = command as { readonly input: Request['input'] }
  return { name: sent.constructor.name.replace('Command', ''), input: sent.input }
}

const nameOf = (key: Item | undefined): string => `${key?.service?.S}\n${key?.row?.S}`

function answer(items: Map<string, Item>, command: unknown, conditions: boolean): object {
  if (command instanceof GetItemCommand) return { Item: copied(items.get(nameOf(command.input.Key))) }
  if (command instanceof QueryCommand) return { Items: query(items, command.input) }
  if (command instanceof PutItemCommand) {
    const name = nameOf(command.input.Item)
    refuseUnless(!conditions || holds(items.get(name), command.input), items.get(name))
    items.set(name, { ...command.input.Item })
    return {}
  }
  if (command instanceof UpdateItemCommand) {
    const name = nameOf(command.input.Key)
    refuseUnless(!conditions || holds(items.get(name), command.input), items.get(name))
    items.set(name, updated({ ...command.input.Key, ...items.get(name) }, command.input))
    return {}
  }
  throw new Error(`${requestOf(command).name} is not modelled`)
}

const copied = (item: Item | undefined): Item | undefined => (item === undefined ? undefined : { ...item })

function refuseUnless(holds: boolean, item: Item | undefined): void {
  if (holds) return
  const old = item === undefined ? {} : { Item: { ...item } }
  throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {}, ...old })
}

interface Expressions {
  readonly ConditionExpression?: string | undefined
  readonly UpdateExpression?: string | undefined
  readonly ExpressionAttributeNames?: Record<string, string> | undefined
  readonly ExpressionAttributeValues?: Item | undefined
}

const named = ({ ExpressionAttributeNames = {} }: Expressions, name: string): string => {
  const attribute = ExpressionAttributeNames[name]
  if (attribute === undefined) throw new Error(`${name} is not defined`)
  return attribute
}

const valued = ({ ExpressionAttributeValues = {} }: Expressions, name: string): AttributeValue => {
  const value = ExpressionAttributeValues[name]
  if (value === undefined) throw new Error(`${name} is not defined`)
  return value
}

/** `attribute_not_exists(#a)`, `#a = :b`, `#a < :b` and `#a <= :b`, joined by AND, and these by OR, in parentheses or not. */
function holds(item: Item | undefined, input: Expressions): boolean {
  const ways = (input.ConditionExpression ?? '').split(' OR ')
  return ways.some((way) =>
    way
      .replace(/^\((.*)\)$/, '$1')
      .split(' AND ')
      .every((term) => termHolds(item, term, input)),
  )
}

function termHolds(item: Item | undefined, term: string, input: Expressions): boolean {
  if (term === '') return true
  const missing = /^attribute_not_exists\((#\w+)\)$/.exec(term)
  if (missing) return item?.[named(input, missing[1] as string)] === undefined
  const compared = /^(#\w+) (=|<|<=) (:\w+)$/.exec(term)
  if (!compared) throw new Error(`"${term}" is not modelled`)
  const [, name, operator, value] = compared as unknown as [string, string, string, string]
  const stored = item?.[named(input, name)]
  const given = valued(input, value)
  if (stored === undefined) return false
  if (operator === '=') return JSON.stringify(stored) === JSON.stringify(given)
  const [left, right] = [BigInt(stored.N as string), BigInt(given.N as string)]
  return operator === '<' ? left < right : left <= right
}

/** `SET #a = :a, ... REMOVE #b, ... ADD #c :c, ...`, each clause where it is wanted. */
function updated(item: Item, input: Expressions): Item {
  const clauses = /^(?:SET (.+?))?(?: ?REMOVE (.+?))?(?: ?ADD (.+))?$/.exec(input.UpdateExpression ?? '')
  if (clauses === null) throw new Error(`"${input.UpdateExpression}" is not modelled`)
  const [, sets, removes, adds] = clauses
  for (const set of sets?.split(', ') ?? []) {
    const [name, value] = set.split(' = ')
    item[named(input, name as string)] = valued(input, value as string)
  }
  for (const name of removes?.split(', ') ?? []) delete item[named(input, name)]
  for (const add of adds?.split(', ') ?? []) {
    const [name, value] = add.split(' ')
    const attribute = named(input, name as string)
    const sum = BigInt(item[attribute]?.N ?? 0) + BigInt(valued(input, value as string).N ?? 0)
    item[attribute] = { N: sum.toString() }
  }
  return item
}

/** One page of a service's items from one name to another. */
function query(items: Map<string, Item>, input: QueryCommand['input']): Item[] {
  const values = Object.values(input.ExpressionAttributeValues ?? {}).map(({ S }) => S ?? '')
  const [service = '', first = '', last = '\uffff'] = values
  const found: Item[] = []
  const partition = `${service}\n`
  for (const [name, item] of items) {
    if (!name.startsWith(partition)) continue
    const row = item.row?.S ?? ''
    if (row >= first && (values.length === 3 ? row <= last : row.startsWith(first))) found.push(item)
  }
  return found
}
