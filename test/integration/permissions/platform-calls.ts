import { ACCOUNT, REGION } from '../../infra/role-policies.ts'
import { OWN_CLUSTER } from '../../infra/synthesized.ts'

/** A grant that a function's own code never uses: Lambda itself does, in the name of the function's role. */
export interface PlatformCall {
  readonly action: string
  readonly resource: string
}

const inCluster = (kind: string, name: string): string => `${OWN_CLUSTER.replace(':cluster/', `:${kind}/`)}/${name}`
const BUDGETS_STREAM = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/tollgate-budgets/stream/2026-11-24T00:00:00.000`

/** Every function writes its log and its traces. */
const EVERYWHERE: readonly PlatformCall[] = [
  { action: 'xray:PutTraceSegments', resource: '*' },
  { action: 'xray:PutTelemetryRecords', resource: '*' },
]

const STREAM: readonly PlatformCall[] = [
  { action: 'dynamodb:ListStreams', resource: '*' },
  ...['DescribeStream', 'GetRecords', 'GetShardIterator'].map((call) => ({
    action: `dynamodb:${call}`,
    resource: BUDGETS_STREAM,
  })),
]

/** What the pollers of a mapping do (Lambda guide, msk-cluster-auth and with-ddb). */
const POLLERS: Readonly<Record<string, readonly PlatformCall[]>> = {
  'attribute-spans': [
    { action: 'kafka-cluster:Connect', resource: OWN_CLUSTER },
    { action: 'kafka-cluster:DescribeClusterDynamicConfiguration', resource: OWN_CLUSTER },
    { action: 'kafka:DescribeCluster', resource: OWN_CLUSTER },
    { action: 'kafka:GetBootstrapBrokers', resource: '*' }, // names no resource: the managed policy grants it
    { action: 'kafka:ListScramSecrets', resource: OWN_CLUSTER },
    { action: 'kafka-cluster:DescribeTopic', resource: inCluster('topic', 'otel-cost-spans') },
    { action: 'kafka-cluster:ReadData', resource: inCluster('topic', 'otel-cost-spans') },
    { action: 'kafka-cluster:DescribeGroup', resource: inCluster('group', 'tollgate-attribute-spans') },
    { action: 'kafka-cluster:AlterGroup', resource: inCluster('group', 'tollgate-attribute-spans') },
  ],
  // MSK asks Kafka in the caller's name (MSK developer guide, topic operations).
  'create-topic': [
    { action: 'kafka-cluster:Connect', resource: OWN_CLUSTER },
    ...['CreateTopic', 'DescribeTopic', 'DescribeTopicDynamicConfiguration'].map((call) => ({
      action: `kafka-cluster:${call}`,
      resource: inCluster('topic', 'otel-cost-spans'),
    })),
  ],
  'publish-throttle': STREAM,
  'publish-alert': STREAM,
}

/** AWSLambdaMSKExecutionRole, which the role of attribute-spans has beside its own policy (AWS managed policy reference). */
export const MSK_EXECUTION_ROLE = {
  name: 'AWSLambdaMSKExecutionRole',
  policy: {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: [
          ...['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'],
          ...['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'],
          ...['ec2:DescribeVpcs', 'ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups'],
          ...['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        ],
        Resource: '*',
      },
    ],
  },
}

export const platformCallsOf = (name: string): readonly PlatformCall[] => [...EVERYWHERE, ...(POLLERS[name] ?? [])]
