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

/** The attribute that DynamoDB's TTL reads, epoch seconds, the same in every table. */
const TTL_ATTRIBUTE = 'expiresAt'

/** Parked rows with unsettled usage, and no others: keys only, partition key `q` (layers/core/ledger/parked-queue.ts). */
export const PARKED_INDEX = 'parked'

export interface TablesProps {
  /** Prefix of the tables' names. */
  readonly name: string
}

/** Tollgate's four tables. They outlive the stacks: what was spent must survive a mistaken `cdk destroy`. */
export class Tables extends Construct {
  readonly prices: Table
  readonly ledger: Table
  readonly budgets: Table
  readonly flags: Table

  constructor(scope: Construct, id: string, { name }: TablesProps) {
    super(scope, id)
    this.prices = table(this, 'Prices', { tableName: `${name}-prices`, partition: 'book', sort: 'sku' })
    this.ledger = table(this, 'Ledger', { tableName: `${name}-ledger`, partition: 'service', sort: 'row' })
    this.ledger.addGlobalSecondaryIndex({
      indexName: PARKED_INDEX,
      partitionKey: { name: 'q', type: AttributeType.STRING },
      sortKey: { name: 'row', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    })
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
}

function table(scope: Construct, id: string, { tableName, partition, sort, ...streamed }: TableShape): Table {
  return new Table(scope, id, {
    tableName,
    partitionKey: { name: partition, type: AttributeType.STRING },
    sortKey: { name: sort, type: AttributeType.STRING },
    timeToLiveAttribute: TTL_ATTRIBUTE,
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.AWS_MANAGED,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
    ...streamed,
  })
}
