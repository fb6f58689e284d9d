import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import {
  OWN_CLUSTER,
  PROVISIONED_LEDGER,
  type Resource,
  resourcesOf,
  type Synthesized,
  synthesize,
} from './synthesized.ts'

const { data, code } = synthesize()

describe('the tables', () => {
  it.each([
    ['tollgate-ledger', 'service', 'row'],
    ['tollgate-prices', 'book', 'sku'],
    ['tollgate-budgets', 'kind', 'subject'],
    ['tollgate-flags', 'kind', 'subject'],
  ])('%s has its keys, its TTL attribute, recovery, encryption and protection', (name, partition, sort) => {
    data.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        TableName: name,
        KeySchema: [
          { AttributeName: partition, KeyType: 'HASH' },
          { AttributeName: sort, KeyType: 'RANGE' },
        ],
        AttributeDefinitions: Match.arrayWith([
          { AttributeName: partition, AttributeType: 'S' },
          { AttributeName: sort, AttributeType: 'S' },
        ]),
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
      },
    })
  })

  it('list parked rows with unsettled usage in a sparse index of the ledger, and have no other index', () => {
    const indexed = Object.values(resourcesOf(data, 'AWS::DynamoDB::Table'))
      .map(({ Properties }) => Properties)
      .filter((table) => table.GlobalSecondaryIndexes)
    expect(indexed.map((table) => [table.TableName, table.GlobalSecondaryIndexes])).toEqual([
      [
        'tollgate-ledger',
        [
          {
            IndexName: 'parked',
            KeySchema: [
              { AttributeName: 'q', KeyType: 'HASH' },
              { AttributeName: 'row', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      ],
    ])
  })

  it('are four, and only Budgets has a stream, with both images', () => {
    const tables = Object.values(resourcesOf(data, 'AWS::DynamoDB::Table')).map(({ Properties }) => Properties)
    expect(tables).toHaveLength(4)
    expect(tables.filter((table) => table.StreamSpecification).map((table) => table.TableName)).toEqual([
      'tollgate-budgets',
    ])
    data.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: 'tollgate-budgets',
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    })
  })
})

describe('the dead-letter bucket', () => {
  it('is private, encrypted, spoken to over TLS alone, kept, and forgets letters in time', () => {
    data.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: Match.anyValue(),
        LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ ExpirationInDays: 90 })]) },
      },
    })
    data.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    })
  })
})

describe('the alerts topic', () => {
  it('refuses publishers without TLS and admits CloudWatch of this account', () => {
    data.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 'sns:Publish',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    })
  })

  it('has the subscribers of the configuration, with their filters', () => {
    const subscribed = synthesize({
      alerts: [
        { protocol: 'email', endpoint: 'oncall@example.com' },
        { protocol: 'https', endpoint: 'https://example.com/hook', filter: { environment: ['prod'] } },
      ],
    }).data
    const subscriptions = Object.values(resourcesOf(subscribed, 'AWS::SNS::Subscription')).map(({ Properties }) => [
      Properties.Protocol,
      Properties.Endpoint,
      Properties.FilterPolicy,
    ])
    expect(subscriptions).toEqual([
      ['email', 'oncall@example.com', undefined],
      ['https', 'https://example.com/hook', { environment: ['prod'] }],
    ])
    expect(resourcesOf(data, 'AWS::SNS::Subscription')).toEqual({})
  })
})

const askedTopic = (of: Synthesized) =>
  Object.values(resourcesOf(of.code, 'Custom::SpanTopic')).map(({ Properties: { ServiceToken: _, ...asked } }) => asked)

describe('the span topic', () => {
  it('is asked for by every deploy: 12 partitions, a copy on each broker of the new cluster', () => {
    expect(askedTopic({ data, code, findings: [], assets: '' })).toEqual([
      {
        ClusterArn: { 'Fn::ImportValue': expect.stringContaining('SpanCluster') },
        TopicName: 'otel-cost-spans',
        Partitions: '12',
        Copies: '3',
        Exists: 'false',
        ServiceTimeout: '360',
      },
    ])
  })

  it('has a new cluster to itself: TLS only, IAM only, no NAT, no way in from outside', () => {
    data.hasResource('AWS::MSK::Cluster', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        NumberOfBrokerNodes: 3,
        BrokerNodeGroupInfo: { InstanceType: 'kafka.t3.small' },
        ClientAuthentication: { Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } },
        EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
      },
    })
    data.resourceCountIs('AWS::EC2::NatGateway', 0)
    data.resourceCountIs('AWS::EC2::InternetGateway', 0)
    data.resourceCountIs('AWS::EC2::Subnet', 3)
    const open = Object.values(resourcesOf(data, 'AWS::EC2::SecurityGroupIngress')).map(({ Properties }) => [
      Properties.FromPort,
      Properties.ToPort,
      Properties.SourceSecurityGroupId !== undefined,
    ])
    expect(open).toEqual([[9098, 9098, true]])
  })

  it('stands in the zones that are named, where MSK does not support the first ones of the account', () => {
    const named = synthesize({ topic: { newCluster: { zones: ['us-east-1b', 'us-east-1f'] } } })
    const subnets = Object.values(resourcesOf(named.data, 'AWS::EC2::Subnet'))
    expect(subnets.map(({ Properties }) => Properties.AvailabilityZone)).toEqual(['us-east-1b', 'us-east-1f'])
    named.data.hasResourceProperties('AWS::MSK::Cluster', { NumberOfBrokerNodes: 2 })
    expect(askedTopic(named)).toMatchObject([{ Copies: '2' }])
  })

  it('stands in subnets of a VPC that is there, where Collectors reach it, and makes no network then', () => {
    const network = { vpcId: 'vpc-0123abcd', subnetIds: ['a', 'b', 'c'].map((zone) => `subnet-0000000${zone}`) }
    const { data: placed } = synthesize({ topic: { newCluster: { network } } })
    placed.resourceCountIs('AWS::EC2::VPC', 0)
    placed.resourceCountIs('AWS::EC2::Subnet', 0)
    placed.hasResourceProperties('AWS::EC2::SecurityGroup', { VpcId: 'vpc-0123abcd' })
    placed.hasResourceProperties('AWS::MSK::Cluster', {
      NumberOfBrokerNodes: 3,
      BrokerNodeGroupInfo: { ClientSubnets: network.subnetIds },
    })
    placed.hasOutput('CollectorVpc', { Value: 'vpc-0123abcd' })
  })

  it('is made on the cluster that the configuration brings, and no cluster or network with it', () => {
    const own = synthesize({ topic: { clusterArn: OWN_CLUSTER, partitions: 24, copies: 2 } })
    expect(askedTopic(own)).toMatchObject([{ ClusterArn: OWN_CLUSTER, Partitions: '24', Copies: '2' }])
    own.data.resourceCountIs('AWS::MSK::Cluster', 0)
    own.data.resourceCountIs('AWS::EC2::VPC', 0)
  })

  it('is looked at and never made where it exists: the function may not make one', () => {
    const own = synthesize({ topic: { clusterArn: OWN_CLUSTER, exists: true } })
    expect(askedTopic(own)).toMatchObject([{ Exists: 'true' }])
    expect(JSON.stringify(resourcesOf(own.code, 'AWS::IAM::Policy'))).not.toContain('CreateTopic')
  })

  it('stands on express brokers where they are asked for, which size their storage themselves', () => {
    const express = synthesize({ topic: { newCluster: { brokerType: 'express.m7g.large' } } }).data
    const [cluster] = Object.values(resourcesOf(express, 'AWS::MSK::Cluster'))
    expect(cluster?.Properties.BrokerNodeGroupInfo).toMatchObject({ InstanceType: 'express.m7g.large' })
    expect(cluster?.Properties.BrokerNodeGroupInfo).not.toHaveProperty('StorageInfo')
  })

  it.each([
    ['kafka.t3.small', '3.9.x'], // has no KRaft mode
    ['express.m7g.large', '3.9.x.kraft'], // has no other
  ])('has a mode of Kafka 3.9 that %s can run: %s', (brokerType, version) => {
    const made = synthesize({ topic: { newCluster: { brokerType } } }).data
    made.hasResourceProperties('AWS::MSK::Cluster', { KafkaVersion: version })
  })

  it.each([
    ['iam', 9098],
    ['scram', 9096],
  ] as const)('opens the named security groups to their own members, on the port of %s', (kind, port) => {
    const authentication =
      kind === 'iam'
        ? { kind }
        : {
            kind,
            secretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:AmazonMSK_tollgate-AbCdEf',
            keyArn: 'arn:aws:kms:eu-west-1:123456789012:key/k',
          }
    const topic = { clusterArn: OWN_CLUSTER, authentication, openSecurityGroups: ['sg-0123abcd'] }
    synthesize({ topic }).data.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: 'sg-0123abcd',
      SourceSecurityGroupId: 'sg-0123abcd',
      FromPort: port,
      ToPort: port,
    })
  })
})

describe('a provisioned ledger', () => {
  const provisioned = synthesize({ ledgerCapacity: PROVISIONED_LEDGER }).data

  it('alone is provisioned, its index with it', () => {
    const tables = Object.values(resourcesOf(provisioned, 'AWS::DynamoDB::Table')).map(({ Properties }) => Properties)
    expect(tables.filter((table) => table.BillingMode !== 'PAY_PER_REQUEST')).toMatchObject([
      { TableName: 'tollgate-ledger', GlobalSecondaryIndexes: [{ ProvisionedThroughput: {} }] },
    ])
  })

  it('scales within its bounds, and so does its index, from nothing', () => {
    const targets = Object.values(resourcesOf(provisioned, 'AWS::ApplicationAutoScaling::ScalableTarget'))
    const bounds = targets.map(({ Properties: { ScalableDimension, MinCapacity, MaxCapacity } }) => [
      ScalableDimension,
      MinCapacity,
      MaxCapacity,
    ])
    expect(bounds.sort()).toEqual([
      ['dynamodb:index:ReadCapacityUnits', 1, 400],
      ['dynamodb:index:WriteCapacityUnits', 1, 4_000],
      ['dynamodb:table:ReadCapacityUnits', 20, 400],
      ['dynamodb:table:WriteCapacityUnits', 100, 4_000],
    ])
  })

  it('has no maximum below its minimum', () => {
    const writeUnits = { minimum: 2, maximum: 1 }
    expect(() => synthesize({ ledgerCapacity: { ...PROVISIONED_LEDGER, writeUnits } })).toThrow('ledgerCapacity')
  })
})

describe('the two stacks', () => {
  it('keep what holds data out of the code, which can be thrown away', () => {
    const held = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::MSK::Cluster', 'AWS::SNS::Topic']
    for (const type of held) code.resourceCountIs(type, 0)
    data.resourceCountIs('AWS::Lambda::Function', 0)
  })

  it('retain every resource of the data stack that DynamoDB, S3 or Kafka keeps something in', () => {
    for (const type of ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::MSK::Cluster']) {
      for (const resource of Object.values(resourcesOf(data, type))) {
        expect(resource.DeletionPolicy).toMatch(/^Retain(ExceptOnCreate)?$/)
        expect(resource.UpdateReplacePolicy).toBe('Retain')
      }
    }
  })

  it('leave nothing behind where the first deploy fails: what it made goes again, and the tables come last', () => {
    const kept = Object.values(data.toJSON().Resources as Record<string, Resource>)
      .filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')
      .map(({ Type }) => Type)
    // Protected from deletion, they would stop the way back: they are made when nothing else can fail.
    expect([...new Set(kept)]).toEqual(['AWS::DynamoDB::Table'])
    const [brokers] = Object.keys(resourcesOf(data, 'AWS::MSK::Cluster'))
    const pollers = synthesize({ topic: { clusterArn: OWN_CLUSTER, openSecurityGroups: ['sg-0123abcd'] } }).data
    const [rule] = Object.keys(resourcesOf(pollers, 'AWS::EC2::SecurityGroupIngress'))
    for (const [template, first] of [
      [data, brokers],
      [pollers, rule],
    ] as const) {
      const tables = Object.values(resourcesOf(template, 'AWS::DynamoDB::Table'))
      expect(tables.map(({ DependsOn }) => DependsOn)).toEqual(tables.map(() => [first]))
    }
  })
})
