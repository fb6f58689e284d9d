import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { Configuration } from '../layers/core/configuration.ts'
import { alertsTopic } from './alerts-topic.ts'
import { deadLettersBucket } from './dead-letters.ts'
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
    this.deadLetters = deadLettersBucket(this, 'DeadLetters', configuration.retention.deadLetterDays)
    this.alerts = alertsTopic(this, 'Alerts', configuration)

    new CfnOutput(this, 'DeadLettersBucket', { value: this.deadLetters.bucketName })
    new CfnOutput(this, 'AlertsTopicArn', { value: this.alerts.topicArn })
    const cluster = this.spans.madeCluster
    if (cluster) {
      new CfnOutput(this, 'ClusterArn', { value: cluster.clusterArn })
      new CfnOutput(this, 'CollectorVpc', { value: cluster.vpc.vpcId })
      new CfnOutput(this, 'CollectorSecurityGroup', { value: cluster.clients.securityGroupId })
    }
  }
}
