import {
  CreateTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'

/** The local names of the tables, by the variables that the functions read them from. */
export const LOCAL_TABLES = {
  LEDGER_TABLE: 'tollgate-ledger',
  PRICES_TABLE: 'tollgate-prices',
  BUDGETS_TABLE: 'tollgate-budgets',
  FLAGS_TABLE: 'tollgate-flags',
} as const

interface TableShape {
  readonly name: string
  readonly partitionKey: string
  readonly sortKey: string
  readonly stream?: boolean
  /** A sparse index of keys only: its name and partition key; its sort key is the table's. */
  readonly index?: { readonly name: string; readonly partitionKey: string }
}

/** The same keys, index, streams and time to live as the tables of `infra`. */
export const TABLES: readonly TableShape[] = [
  {
    name: LOCAL_TABLES.LEDGER_TABLE,
    partitionKey: 'service',
    sortKey: 'row',
    index: { name: 'parked', partitionKey: 'q' },
  },
  { name: LOCAL_TABLES.PRICES_TABLE, partitionKey: 'book', sortKey: 'sku' },
  { name: LOCAL_TABLES.BUDGETS_TABLE, partitionKey: 'kind', sortKey: 'subject', stream: true },
  { name: LOCAL_TABLES.FLAGS_TABLE, partitionKey: 'kind', sortKey: 'subject' },
]

const TIME_TO_LIVE_ATTRIBUTE = 'expiresAt'

const indexOf = ({ name, partitionKey }: NonNullable<TableShape['index']>, sortKey: string): GlobalSecondaryIndex => ({
  IndexName: name,
  KeySchema: [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    { AttributeName: sortKey, KeyType: 'RANGE' },
  ],
  Projection: { ProjectionType: 'KEYS_ONLY' },
})

async function createTable(client: DynamoDBClient, shape: TableShape): Promise<void> {
  const create = new CreateTableCommand({
    TableName: shape.name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: shape.partitionKey, AttributeType: 'S' },
      { AttributeName: shape.sortKey, AttributeType: 'S' },
      ...(shape.index ? [{ AttributeName: shape.index.partitionKey, AttributeType: 'S' as const }] : []),
    ],
    KeySchema: [
      { AttributeName: shape.partitionKey, KeyType: 'HASH' },
      { AttributeName: shape.sortKey, KeyType: 'RANGE' },
    ],
    ...(shape.index ? { GlobalSecondaryIndexes: [indexOf(shape.index, shape.sortKey)] } : {}),
    ...(shape.stream ? { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } } : {}),
  })
  try {
    await client.send(create)
  } catch (error) {
    // Left by an earlier run on the same folder.
    if (!(error instanceof ResourceInUseException)) throw error
  }
  await setTimeToLive(client, shape.name)
}

/** DynamoDB refuses to enable what is enabled. */
async function setTimeToLive(client: DynamoDBClient, table: string): Promise<void> {
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: table }))
  if (TimeToLiveDescription?.AttributeName === TIME_TO_LIVE_ATTRIBUTE) return
  const TimeToLiveSpecification = { AttributeName: TIME_TO_LIVE_ATTRIBUTE, Enabled: true }
  await client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }))
}

/** Makes the four tables where they are not there yet, with their time to live and the Budgets table's stream. */
export async function createTables(client: DynamoDBClient): Promise<void> {
  await Promise.all(TABLES.map((shape) => createTable(client, shape)))
}
