import { CustomResource, Duration } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda'
import type { Access } from './access.ts'
import { kafkaArn } from './kafka.ts'
import type { SpanTopic } from './span-topic.ts'

/**
 * What making and checking the topic through MSK's API takes: the action of that API, and Kafka's own permissions beside it
 * (MSK developer guide, topic operations). A topic that its owner made is only looked at.
 */
export function accessToTopicOperations({ clusterArn, name, exists }: SpanTopic): readonly Access[] {
  const see = ['kafka:DescribeTopic', 'kafka-cluster:DescribeTopic', 'kafka-cluster:DescribeTopicDynamicConfiguration']
  const make = exists ? [] : ['kafka:CreateTopic', 'kafka-cluster:CreateTopic']
  const grants: readonly (readonly [actions: string[], resource: string])[] = [
    [['kafka:DescribeClusterV2', 'kafka-cluster:Connect'], clusterArn],
    [[...see, ...make], kafkaArn(clusterArn, 'topic', name)],
  ]
  return grants.map(([actions, resource]) => ({
    variables: {},
    statement: new PolicyStatement({ actions, resources: [resource] }),
  }))
}

/**
 * The topic, made unless it is there and checked in each deploy that changes what is asked of it; the deploy fails, saying
 * what to do, where it is not usable. It is no resource of CloudFormation's own: those that hold data are never taken away
 * with a stack, and this one's errors say what to do.
 */
export function topicOnDeploy(lambda: Lambda, topic: SpanTopic): void {
  const { clusterArn, name, partitions, copies, exists } = topic
  new CustomResource(lambda, 'SpanTopic', {
    resourceType: 'Custom::SpanTopic',
    serviceToken: lambda.functionArn,
    serviceTimeout: Duration.minutes(6), // the function gives up after four, and says why
    properties: {
      ClusterArn: clusterArn,
      TopicName: name,
      Partitions: String(partitions),
      Copies: String(copies),
      Exists: String(exists),
    },
  })
}
