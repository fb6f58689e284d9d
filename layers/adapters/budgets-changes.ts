import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb'
import type { ServiceChanges } from '../core/budgets/change.ts'
import { decodeChanges, encodeChanges } from '../core/budgets/changes-codec.ts'
import { MS_PER_DAY } from '../core/time/days.ts'
import { unlessConditionFails } from './conditional-write.ts'
import { isNewer, readableItem, versioned } from './schema-version.ts'

/** What people have changed of budgets, in the Budgets table. All throw the SDK's errors when it is out of reach. */
export interface BudgetChanges {
  /** All services' changes, those that have run out included. One that cannot be read is left out. */
  readChanges(): Promise<readonly ServiceChanges[]>
  /** One service's changes; undefined where nobody ever changed anything. */
  readChangesOf(service: string): Promise<ServiceChanges | undefined>
  /** Writes the changes that follow `before`; false when somebody else has changed something since. */
  writeChanges(before: ServiceChanges, after: ServiceChanges): Promise<boolean>
  /** Whether the close knows the service: whether it has spent anything in the last days. */
  isKnown(service: string): Promise<boolean>
}

const CHANGE = 'change'

/** Connects the changes of the Budgets table (partition key `kind`, sort key `subject`). */
export function connectBudgetChanges(client: DynamoDBClient, table: string): BudgetChanges {
  const read = async (kind: string, subject: string): Promise<Record<string, AttributeValue> | undefined> => {
    const Key = { kind: { S: kind }, subject: { S: subject } }
    return readableItem((await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))).Item)
  }
  return {
    readChanges: () => readChanges(client, table),
    readChangesOf: async (service) => {
      const text = (await read(CHANGE, service))?.change?.S
      return text === undefined ? undefined : decodeChanges(text)
    },
    writeChanges: (before, after) => writeChanges(client, table, before, after),
    isKnown: async (service) => (await read('state', service)) !== undefined,
  }
}

async function readChanges(client: DynamoDBClient, table: string): Promise<readonly ServiceChanges[]> {
  const all: ServiceChanges[] = []
  const query = {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: '#kind = :kind',
    ExpressionAttributeNames: { '#kind': 'kind' },
    ExpressionAttributeValues: { ':kind': { S: CHANGE } },
  }
  for await (const { Items = [] } of paginateQuery({ client }, query)) {
    for (const item of Items) {
      const changes = isNewer(item) ? undefined : readable(item.change?.S ?? '')
      if (changes !== undefined) all.push(changes)
    }
  }
  return all
}

/** A change that cannot be read must not stop the close: the file's budget holds then. */
function readable(text: string): ServiceChanges | undefined {
  try {
    return decodeChanges(text)
  } catch {
    return undefined
  }
}

function writeChanges(
  client: DynamoDBClient,
  table: string,
  before: ServiceChanges,
  after: ServiceChanges,
): Promise<boolean> {
  return unlessConditionFails(
    client.send(
      new PutItemCommand({
        TableName: table,
        Item: versioned(changeItem(after)),
        ConditionExpression: before.version === 0 ? 'attribute_not_exists(#version)' : '#version = :before',
        ExpressionAttributeNames: { '#version': 'version' },
        ...(before.version > 0 && { ExpressionAttributeValues: { ':before': { N: String(before.version) } } }),
      }),
    ),
  )
}

const changeItem = (changes: ServiceChanges): Record<string, AttributeValue> => ({
  kind: { S: CHANGE },
  subject: { S: changes.service },
  change: { S: encodeChanges(changes) },
  version: { N: String(changes.version) },
  ...(expiryOf(changes) > 0 && { expiresAt: { N: String(expiryOf(changes)) } }),
})

/** Epoch seconds, a day after the last of it runs out; 0 where all is cleared: an empty item is small, and stays. */
function expiryOf({ override, grants }: ServiceChanges): number {
  const ends = [...(override === null ? [] : [override]), ...grants].map(({ until }) => until)
  return ends.length === 0 ? 0 : Math.ceil((Math.max(...ends) + MS_PER_DAY) / 1000)
}
