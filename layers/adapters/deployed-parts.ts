import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import { KafkaClient } from '@aws-sdk/client-kafka'
import { LambdaClient, paginateListEventSourceMappings } from '@aws-sdk/client-lambda'
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns'
import { connectSpanTopics, type SpanTopics } from './span-topic.ts'

/** How a table is set up. */
export interface TableSettings {
  /** DynamoDB's own word: `ACTIVE`, `UPDATING` ... */
  readonly status: string
  /** The attribute by which items expire; undefined where none do. */
  readonly expiresBy: string | undefined
  readonly isRecoverable: boolean
  readonly isProtected: boolean
  /** What its stream shows, `NEW_AND_OLD_IMAGES`; undefined where it has none. */
  readonly stream: string | undefined
}

/** An event-source mapping of a function. */
export interface FunctionMapping {
  readonly id: string
  readonly topics: readonly string[]
  /** `Enabled`, `Disabled`, `Creating`, `Enabling`, `Updating` ... (Lambda API reference, EventSourceMappingConfiguration). */
  readonly state: string
  /** `OK`, `No records processed`, `PROBLEM: ...`. */
  readonly lastResult: string
}

/** Who gets what is published to a topic of SNS. */
export interface TopicSubscription {
  readonly protocol: string
  readonly endpoint: string
  /** False while the subscriber has not said yes. */
  readonly isConfirmed: boolean
}

/** The parts of a deployed system as AWS tells them to the caller. All throw the SDK's errors. */
export interface DeployedParts {
  describeTable(name: string): Promise<TableSettings>
  listMappings(functionName: string): Promise<readonly FunctionMapping[]>
  listSubscriptions(topicArn: string): Promise<readonly TopicSubscription[]>
  topicsOf(clusterArn: string): SpanTopics
  close(): void
}

/** Connects with the credentials of the caller's environment. */
export function connectDeployedParts(region: string): DeployedParts {
  const clients = {
    dynamo: new DynamoDBClient({ region }),
    kafka: new KafkaClient({ region }),
    lambda: new LambdaClient({ region }),
    sns: new SNSClient({ region }),
  }
  return {
    describeTable: (name) => describeTable(clients.dynamo, name),
    listMappings: (name) => listMappings(clients.lambda, name),
    listSubscriptions: (arn) => listSubscriptions(clients.sns, arn),
    topicsOf: (clusterArn) => connectSpanTopics(clients.kafka, clusterArn),
    close: () => {
      for (const client of Object.values(clients)) client.destroy()
    },
  }
}

async function describeTable(client: DynamoDBClient, name: string): Promise<TableSettings> {
  const input = { TableName: name }
  const [{ Table }, { TimeToLiveDescription }, { ContinuousBackupsDescription }] = await Promise.all([
    client.send(new DescribeTableCommand(input)),
    client.send(new DescribeTimeToLiveCommand(input)),
    client.send(new DescribeContinuousBackupsCommand(input)),
  ])
  const { PointInTimeRecoveryStatus } = ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {}
  const { AttributeName, TimeToLiveStatus } = TimeToLiveDescription ?? {}
  const { StreamEnabled, StreamViewType } = Table?.StreamSpecification ?? {}
  // Of a new table it may be ENABLING for an hour (API reference, UpdateTimeToLive).
  const expires = TimeToLiveStatus === 'ENABLED' || TimeToLiveStatus === 'ENABLING'
  return {
    status: Table?.TableStatus ?? 'UNKNOWN',
    expiresBy: expires ? AttributeName : undefined,
    isRecoverable: PointInTimeRecoveryStatus === 'ENABLED',
    isProtected: Table?.DeletionProtectionEnabled === true,
    stream: StreamEnabled === true ? StreamViewType : undefined,
  }
}

async function listMappings(client: LambdaClient, functionName: string): Promise<readonly FunctionMapping[]> {
  const found: FunctionMapping[] = []
  for await (const page of paginateListEventSourceMappings({ client }, { FunctionName: functionName })) {
    for (const { UUID = '', Topics = [], State = 'unknown', LastProcessingResult = '' } of page.EventSourceMappings ??
      []) {
      found.push({ id: UUID, topics: Topics, state: State, lastResult: LastProcessingResult })
    }
  }
  return found
}

/** SNS gives a subscription its ARN when it is confirmed (API reference, ListSubscriptionsByTopic). */
async function listSubscriptions(client: SNSClient, topicArn: string): Promise<readonly TopicSubscription[]> {
  const found: TopicSubscription[] = []
  for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn })) {
    for (const { Protocol = '', Endpoint = '', SubscriptionArn = '' } of page.Subscriptions ?? []) {
      found.push({ protocol: Protocol, endpoint: Endpoint, isConfirmed: SubscriptionArn.startsWith('arn:') })
    }
  }
  return found
}
