import { type Acknowledgment, Stack } from 'aws-cdk-lib'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import { PARKED_INDEX } from './tables.ts'

/**
 * What a function may do to one box, and the environment variable that tells the function where the box is: a grant and
 * its variable travel together, so neither can be forgotten. The names are those of layers/adapters/environment.ts.
 */
export interface Access {
  readonly variables: Readonly<Record<string, string>>
  readonly statement: PolicyStatement
  /** What cdk-nag finds in the statement, and why it stays. */
  readonly findings?: readonly Acknowledgment[]
}

export type TableVariable = 'PRICES_TABLE' | 'LEDGER_TABLE' | 'BUDGETS_TABLE' | 'FLAGS_TABLE'

/** What functions call on tables. Nothing scans and nothing deletes: items expire, or are replaced. */
type TableCall = 'GetItem' | 'Query' | 'PutItem' | 'UpdateItem' | 'BatchWriteItem'

/** A table as functions see it: each names the calls that it makes, and may make no other. */
export type TableAccess = (...calls: readonly [TableCall, ...TableCall[]]) => Access

export const accessToTable =
  (variable: TableVariable, table: Table): TableAccess =>
  (...calls) => ({
    variables: { [variable]: table.tableName },
    statement: new PolicyStatement({
      actions: calls.map((call) => `dynamodb:${call}`),
      resources: [table.tableArn],
    }),
  })

/** The listing of parked rows (layers/adapters/ledger-parked.ts); the rows themselves need access to their table. */
export const accessToParked = (ledger: Table): Access => ({
  variables: {},
  statement: new PolicyStatement({
    actions: ['dynamodb:Query'],
    resources: [`${ledger.tableArn}/index/${PARKED_INDEX}`],
  }),
})

/** Where layers/adapters/dead-letters-bucket.ts puts letters. */
const LETTERS = 'dead-letters/'

/** Letters are put and never read or replaced by a function. */
export const accessToDeadLetters = (bucket: Bucket): Access => ({
  variables: { DEAD_LETTERS_BUCKET: bucket.bucketName },
  statement: new PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects(`${LETTERS}*`)] }),
  findings: [
    {
      id: `AwsSolutions-IAM5[Resource::${Stack.of(bucket).stackName}:ExportsOutputFnGetAttDeadLettersBBF8BAABArnBAC4D3BD/${LETTERS}*]`,
      reason: 'A letter is put under a key that names its record: any key under one prefix of one bucket.',
    },
  ],
})

export const accessToAlerts = (topic: Topic): Access => ({
  variables: { ALERTS_TOPIC_ARN: topic.topicArn },
  statement: new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }),
})

/** CloudWatch's metrics are no resources either. */
export const accessToMetrics = (): Access => ({
  variables: {},
  statement: new PolicyStatement({ actions: ['cloudwatch:GetMetricData'], resources: ['*'] }),
})

/** The Price List knows no resources: its actions are granted on `*` or not at all (Service Authorization Reference). */
export const accessToPriceList = (): Access => ({
  variables: {},
  statement: new PolicyStatement({ actions: ['pricing:GetProducts'], resources: ['*'] }),
})
