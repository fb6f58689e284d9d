import { RemovalPolicy } from 'aws-cdk-lib'
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'
import type { Configuration } from '../layers/core/configuration.ts'

/** The attribute that DynamoDB's TTL reads, epoch seconds, the same in every table. */
const TTL_ATTRIBUTE = 'expiresAt'

/** Parked rows with unsettled usage, and no others: keys only, partition key `q` (layers/core/ledger/parked-queue.ts). */
export const PARKED_INDEX = 'parked'

/** `name`: prefix of the tables' names. */
export type TablesProps = Pick<Configuration, 'name' | 'ledgerCapacity'>

/** How full a provisioned Ledger runs; docs/cost.md reckons with it. */
const UTILISATION_PERCENT = 70

/** The names of the tables of a deployment. */
export const tableNames = (name: string): readonly string[] =>
  ['prices', 'ledger', 'flags', 'budgets'].map((table) => `${name}-${table}`)

/** Tollgate's four tables. They outlive the stacks: what was spent must survive a mistaken `cdk destroy`. */
export class Tables extends Construct {
  readonly prices: Table
  readonly ledger: Table
  readonly budgets: Table
  readonly flags: Table

  constructor(scope: Construct, id: string, { name, ledgerCapacity }: TablesProps) {
    super(scope, id)
    this.prices = table(this, 'Prices', { tableName: `${name}-prices`, partition: 'book', sort: 'sku' })
    this.ledger = table(this, 'Ledger', {
      tableName: `${name}-ledger`,
      partition: 'service',
      sort: 'row',
      capacity: ledgerCapacity,
    })
    this.ledger.addGlobalSecondaryIndex({
      indexName: PARKED_INDEX,
      partitionKey: { name: 'q', type: AttributeType.STRING },
      sortKey: { name: 'row', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    })
    if (ledgerCapacity !== 'on-demand') scaleByItself(this.ledger, ledgerCapacity)
    this.flags = table(this, 'Flags', { tableName: `${name}-flags`, partition: 'kind', sort: 'subject' })
    this.budgets = table(this, 'Budgets', {
      tableName: `${name}-budgets`,
      partition: 'kind',
      sort: 'subject',
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
    })
  }
}

interface TableShape {
  readonly tableName: string
  readonly partition: string
  readonly sort: string
  readonly stream?: StreamViewType
  readonly capacity?: Configuration['ledgerCapacity']
}

type Provisioned = Exclude<Configuration['ledgerCapacity'], 'on-demand'>

/** The table and its index, within the bounds. A write that finds no capacity fails, and its records come again. */
function scaleByItself(ledger: Table, { writeUnits, readUnits }: Provisioned): void {
  const bounds = ({ minimum, maximum }: Provisioned['writeUnits']) => ({ minCapacity: minimum, maxCapacity: maximum })
  const [write, read] = [bounds(writeUnits), bounds(readUnits)]
  // The index is written only where usage waits for a price: it starts from nothing, and may come to all that is written.
  const parked = { minCapacity: 1, maxCapacity: writeUnits.maximum }
  for (const attribute of [
    ledger.autoScaleWriteCapacity(write),
    ledger.autoScaleReadCapacity(read),
    ledger.autoScaleGlobalSecondaryIndexWriteCapacity(PARKED_INDEX, parked),
    ledger.autoScaleGlobalSecondaryIndexReadCapacity(PARKED_INDEX, { minCapacity: 1, maxCapacity: readUnits.maximum }),
  ]) {
    attribute.scaleOnUtilization({ targetUtilizationPercent: UTILISATION_PERCENT })
  }
}

const billing = (capacity: TableShape['capacity']) =>
  capacity === undefined || capacity === 'on-demand'
    ? { billingMode: BillingMode.PAY_PER_REQUEST }
    : { billingMode: BillingMode.PROVISIONED }

function table(scope: Construct, id: string, { tableName, partition, sort, capacity, ...streamed }: TableShape): Table {
  return new Table(scope, id, {
    tableName,
    partitionKey: { name: partition, type: AttributeType.STRING },
    sortKey: { name: sort, type: AttributeType.STRING },
    timeToLiveAttribute: TTL_ATTRIBUTE,
    ...billing(capacity),
    encryption: TableEncryption.AWS_MANAGED,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
    ...streamed,
  })
}
