import { Stack, type StackProps } from 'aws-cdk-lib'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { Configuration } from '../layers/core/configuration.ts'
import { alertsTopic } from './alerts-topic.ts'
import { deadLettersBucket } from './dead-letters.ts'
import { outputs } from './outputs.ts'
import { type SpanTopic, spanTopic } from './span-topic.ts'
import { Tables } from './tables.ts'

export interface DataStackProps extends StackProps {
  readonly configuration: Configuration
}

/**
 * What holds data, and what people agreed to: the code may be thrown away and deployed again, this may not. The alerts
 * topic is here because its e-mail subscriptions were confirmed by hand.
 */
export class DataStack extends Stack {
  readonly spans: SpanTopic
  readonly tables: Tables
  readonly deadLetters: Bucket
  readonly alerts: Topic

  constructor(scope: Construct, id: string, { configuration, ...props }: DataStackProps) {
    super(scope, id, props)
    this.spans = spanTopic(this, configuration)
    this.tables = new Tables(this, 'Tables', configuration)
    // Last: tables are protected from deletion, also from that of a failed first deploy, and keep their names from the next one.
    this.tables.node.addDependency(...this.spans.made)
    this.deadLetters = deadLettersBucket(this, 'DeadLetters', configuration.retention.deadLetterDays)
    this.alerts = alertsTopic(this, 'Alerts', configuration)

    const { spans, tables, deadLetters, alerts } = this
    outputs(this, {
      LedgerTable: tables.ledger.tableName,
      PricesTable: tables.prices.tableName,
      BudgetsTable: tables.budgets.tableName,
      FlagsTable: tables.flags.tableName,
      DeadLettersBucket: deadLetters.bucketName,
      AlertsTopicArn: alerts.topicArn,
      ClusterArn: spans.clusterArn,
      TopicName: spans.name,
      TopicPartitions: String(spans.partitions),
      TopicAuthentication: spans.authentication.kind,
      ConsumerGroup: spans.consumerGroup,
      ...(spans.madeCluster && {
        CollectorVpc: spans.madeCluster.vpc.vpcId,
        CollectorSecurityGroup: spans.madeCluster.clients.securityGroupId,
      }),
    })
  }
}
