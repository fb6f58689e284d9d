import { Duration, Stack, Validations } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import {
  EventSourceMapping,
  EventSourceMappingLogLevel,
  type Function as Lambda,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda'
import { ManagedKafkaEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct, IDependable } from 'constructs'
import { kafkaArn } from './kafka.ts'
import type { SpanTopic } from './span-topic.ts'

/** Lambda's own maximum: the 6 MB of an event cut a batch first. */
const BATCH_RECORDS = 10_000
/**
 * The batch window's share of the 40 s from a window's end to the flag (DESIGN 5). A shorter one writes every row more often: at a
 * second, three times the write units (docs/cost.md).
 */
const BATCH_WINDOW = Duration.seconds(5)
/** Lambda's own maximum of `minimumPollers`. */
const MINIMUM_POLLERS_MAX = 200

/**
 * Feeds the topic to attribute-spans. It retries for ever and has no on-failure destination: with one, Lambda gives up
 * after 10 attempts, and an outage of DynamoDB would skip records into it (Lambda guide, kafka-retry-configurations). The
 * function itself keeps what cannot be booked. A batch that kills its function is bisected. The consumer group is named, so
 * that a mapping made anew goes on where the old one stopped. Nothing is read before all of `after` is done.
 */
export function readSpans(lambda: Lambda, topic: SpanTopic, after: readonly IDependable[]): void {
  // As many pollers as partitions from the start: an event of several partitions writes as many rows for the same spans, and ten
  // pollers are billed as one unit (docs/cost.md).
  const minimumPollers = Math.min(topic.partitions, MINIMUM_POLLERS_MAX)
  if (topic.authentication.kind === 'iam') grantReading(lambda, topic)
  else grantOpeningSecret(lambda, topic.authentication.keyArn)
  lambda.addEventSource(
    new ManagedKafkaEventSource({
      clusterArn: topic.clusterArn,
      topic: topic.name,
      consumerGroupId: topic.consumerGroup,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_RECORDS,
      maxBatchingWindow: BATCH_WINDOW,
      provisionedPollerConfig: { minimumPollers, maximumPollers: topic.partitions },
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      // Why pollers cannot sign in or reach a broker is said in the function's own log (Lambda guide, esm-logging).
      logLevel: EventSourceMappingLogLevel.WARN,
      ...(topic.authentication.kind === 'scram' && { secret: scramSecret(lambda, topic.authentication) }),
    }),
  )
  for (const mapping of mappingsOf(lambda)) mapping.node.addDependency(...after)
  Validations.of(lambda.role ?? lambda).acknowledge({
    id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaMSKExecutionRole]',
    reason:
      'The policy that AWS keeps for this event source: describing the cluster and its network, whose EC2 actions name no resource.',
  })
}

/** Kafka's own permissions under IAM access control, which the managed policy does not hold: all six of the Lambda guide (msk-cluster-auth). */
function grantReading(lambda: Lambda, { clusterArn, name, consumerGroup }: SpanTopic): void {
  const grants: readonly (readonly [actions: string[], resource: string])[] = [
    [['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'], clusterArn],
    [['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], kafkaArn(clusterArn, 'topic', name)],
    [['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'], kafkaArn(clusterArn, 'group', consumerGroup)],
  ]
  for (const [actions, resource] of grants) {
    lambda.addToRolePolicy(new PolicyStatement({ actions, resources: [resource] }))
  }
}

/** MSK takes only secrets under a key of one's own, and a key that is not of this stack is not granted along with its secret. */
function grantOpeningSecret(lambda: Lambda, keyArn: string): void {
  lambda.addToRolePolicy(
    new PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(lambda).region}.amazonaws.com` } },
    }),
  )
}

const scramSecret = (scope: Construct, { secretArn, keyArn }: { secretArn: string; keyArn: string }) =>
  Secret.fromSecretAttributes(scope, 'ScramSecret', {
    secretCompleteArn: secretArn,
    encryptionKey: Key.fromKeyArn(scope, 'ScramKey', keyArn),
  })

const mappingsOf = (lambda: Lambda): EventSourceMapping[] =>
  lambda.node.findAll().filter((construct) => construct instanceof EventSourceMapping)
