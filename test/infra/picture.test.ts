import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import type { Phase } from '../../layers/core/budgets/state.ts'
import { OWN_CLUSTER, type Resource, resourcesOf, synthesize } from './synthesized.ts'

const { code, data } = synthesize()
const functions = resourcesOf(code, 'AWS::Lambda::Function')
const ownFunctions = Object.entries(functions).filter(([, { Properties }]) => Properties.FunctionName !== undefined)
const mappings = Object.values(resourcesOf(code, 'AWS::Lambda::EventSourceMapping'))

const idOf = (name: string): string => {
  const found = ownFunctions.find(([, { Properties }]) => Properties.FunctionName === `tollgate-${name}`)
  if (!found) throw new Error(`no function ${name}`)
  return found[0]
}
const mappingOf = (name: string): Resource => {
  const found = mappings.filter(({ Properties }) => Properties.FunctionName.Ref === idOf(name))
  expect(found).toHaveLength(1)
  return found[0] as Resource
}
const patternsOf = (name: string): unknown[] =>
  mappingOf(name).Properties.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern))

describe('the functions', () => {
  it('are those of the picture', () => {
    const names = ownFunctions.map(([, { Properties }]) => Properties.FunctionName)
    expect(names.sort()).toEqual(
      [
        'attribute-spans',
        'change-budget',
        'close-windows',
        'create-topic',
        'explore-costs',
        'meter-itself',
        'publish-alert',
        'publish-throttle',
        'refresh-prices',
        'roll-up-days',
        'settle-parked',
        'throttle-gate',
      ].map((name) => `tollgate-${name}`),
    )
  })

  it.each(ownFunctions.map(([, { Properties }]) => [Properties.FunctionName, Properties]))(
    '%s runs on arm64 and Node 24, traced, configured by its layer, logging to a group that expires',
    (name, properties) => {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
        Layers: [expect.anything()],
        LoggingConfig: { LogGroup: expect.anything() },
        Environment: {
          Variables: {
            TOLLGATE_CONFIGURATION_FILE: '/opt/tollgate/configuration.json',
            POWERTOOLS_SERVICE_NAME: String(name).replace('tollgate-', ''),
            POWERTOOLS_METRICS_NAMESPACE: 'tollgate',
            NODE_OPTIONS: '--enable-source-maps',
          },
        },
      })
    },
  )

  it('share the prefix of log delivery with no other group than those that AWS services write to', () => {
    const [api, ...others] = Object.values(resourcesOf(code, 'AWS::Logs::LogGroup'))
      .map(({ Properties }) => Properties.LogGroupName)
      .filter((name) => name !== undefined)
    expect([api, others]).toEqual(['/aws/vendedlogs/tollgate/api', []])
    data.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: '/aws/vendedlogs/tollgate/brokers' })
  })

  it('keep their logs for a month', () => {
    for (const { Properties } of Object.values(resourcesOf(code, 'AWS::Logs::LogGroup'))) {
      expect(Properties.RetentionInDays).toBe(30)
    }
  })
})

describe('MSK topic -> attribute-spans', () => {
  const { Properties: mapping, DependsOn } = mappingOf('attribute-spans')

  it('reads from the beginning, by a provisioned poller a partition, and reports failed records', () => {
    expect(mapping).toMatchObject({
      Topics: ['otel-cost-spans'],
      StartingPosition: 'TRIM_HORIZON',
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'tollgate-attribute-spans' },
      ProvisionedPollerConfig: { MinimumPollers: 12, MaximumPollers: 12 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 5,
    })
  })

  it('reads as the consumer group that the configuration names, may read as no other, and says which it is', () => {
    const another = synthesize({ topic: { clusterArn: OWN_CLUSTER, name: 'spans-2', consumerGroup: 'second' } })
    const group = { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'second' } }
    another.code.hasResourceProperties('AWS::Lambda::EventSourceMapping', { Topics: ['spans-2'], ...group })
    const policies = JSON.stringify(resourcesOf(another.code, 'AWS::IAM::Policy'))
    expect(policies).toContain(`${OWN_CLUSTER.replace(':cluster/', ':group/')}/second"`)
    expect(policies).not.toContain('tollgate-attribute-spans"')
    another.data.hasOutput('ConsumerGroup', { Value: 'second' })
    data.hasOutput('ConsumerGroup', { Value: 'tollgate-attribute-spans' })
    // Another mapping: CloudFormation makes it before it takes the old one away.
    const idsOf = (of: typeof code) => Object.keys(resourcesOf(of, 'AWS::Lambda::EventSourceMapping')).sort()
    expect(idsOf(another.code)).not.toEqual(idsOf(code))
  })

  it('says in the log of its function why its pollers cannot read', () => {
    expect(mapping).toMatchObject({ LoggingConfig: { SystemLogLevel: 'WARN' } })
  })

  it('retries for ever: no destination on failure, no bound on attempts or age', () => {
    expect(mapping).not.toHaveProperty('DestinationConfig')
    expect(mapping).not.toHaveProperty('MaximumRetryAttempts')
    expect(mapping).not.toHaveProperty('MaximumRecordAgeInSeconds')
  })

  it('starts after the deploy has filled the price book', () => {
    const [trigger] = Object.keys(resourcesOf(code, 'Custom::Trigger'))
    expect(DependsOn).toContain(trigger)
  })

  it('starts last: after the topic is there, and after all that prices, closes, settles, throttles and tells', () => {
    const [topic] = Object.keys(resourcesOf(code, 'Custom::SpanTopic'))
    const streams = ['publish-throttle', 'publish-alert'].map((name) =>
      Object.entries(resourcesOf(code, 'AWS::Lambda::EventSourceMapping')).find(([, it]) => it === mappingOf(name)),
    )
    const rules = Object.entries(resourcesOf(code, 'AWS::Events::Rule'))
      .filter(([, { Properties }]) => Properties.ScheduleExpression === 'rate(1 minute)')
      .map(([id]) => id)
    expect(DependsOn).toEqual(expect.arrayContaining([topic, ...streams.map((found) => found?.[0]), ...rules]))
  })

  it('signs in to a SCRAM cluster with its secret, and asks for no IAM permission of Kafka then', () => {
    const secretArn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:AmazonMSK_tollgate-AbCdEf'
    const authentication = { kind: 'scram', secretArn, keyArn: 'arn:aws:kms:eu-west-1:123456789012:key/k' }
    const scram = synthesize({ topic: { clusterArn: OWN_CLUSTER, authentication } }).code
    scram.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: secretArn }],
    })
    const policies = Object.entries(resourcesOf(scram, 'AWS::IAM::Policy'))
    const [reader] = policies.filter(([id]) => id.startsWith('attributespans'))
    expect(JSON.stringify(reader)).not.toContain('kafka-cluster:')
  })
})

describe('Budgets stream -> publish-throttle, publish-alert', () => {
  it.each(['publish-throttle', 'publish-alert'])('%s: bisecting, bounded retries, single failures reported', (name) => {
    expect(mappingOf(name).Properties).toMatchObject({
      EventSourceArn: { 'Fn::ImportValue': expect.stringContaining('Budgets') },
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 100,
      MaximumRecordAgeInSeconds: 3600,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    })
  })

  const Keys = { kind: { S: ['state'] } }

  it('publish-throttle sees states that refuse under enforce, and those that did until now', () => {
    const phases: readonly Phase[] = ['throttled', 'releasing']
    const refusing = { phase: { S: phases }, mode: { S: ['enforce'] } }
    expect(patternsOf('publish-throttle')).toEqual([
      { dynamodb: { Keys, NewImage: refusing } },
      { dynamodb: { Keys, OldImage: refusing } },
    ])
  })

  it('flags are written at once; alerts wait 5 seconds for those of the same close', () => {
    expect(mappingOf('publish-throttle').Properties.MaximumBatchingWindowInSeconds).toBe(0)
    expect(mappingOf('publish-alert').Properties.MaximumBatchingWindowInSeconds).toBe(5)
  })

  it('publish-alert sees states that are not within, and those that were not until now, and none in shadow', () => {
    const phases: readonly Phase[] = ['warned', 'throttled', 'releasing']
    const noteworthy = { phase: { S: phases }, mode: { S: ['enforce'] } }
    expect(patternsOf('publish-alert')).toEqual([
      { dynamodb: { Keys, NewImage: noteworthy } },
      { dynamodb: { Keys, OldImage: noteworthy } },
    ])
  })
})

describe('meter-itself', () => {
  it('knows every function by its name and memory, and every table, that cost something', () => {
    const own = JSON.parse(functions[idOf('meter-itself')]?.Properties.Environment.Variables.TOLLGATE_OWN_RESOURCES)
    const memories = ownFunctions
      .map(([, { Properties }]) => ({ name: Properties.FunctionName, memoryMb: Properties.MemorySize }))
      .filter(({ name }) => name !== 'tollgate-meter-itself') // 24 calls a day
    expect(own.functions).toEqual(expect.arrayContaining(memories))
    expect(own.functions).toHaveLength(memories.length)
    const tables = Object.values(resourcesOf(data, 'AWS::DynamoDB::Table')).map(
      ({ Properties }) => Properties.TableName,
    )
    expect(own.tables.toSorted()).toEqual(tables.sort())
  })
})

describe('create-topic', () => {
  it('is called by the deploy for the topic, and answers it itself', () => {
    const [asked] = Object.values(resourcesOf(code, 'Custom::SpanTopic'))
    expect(asked?.Properties.ServiceToken).toEqual({ 'Fn::GetAtt': [idOf('create-topic'), 'Arn'] })
  })
})

describe('the outputs', () => {
  it('tell the CLI where things are, and people what to run next', () => {
    expect(Object.keys(code.toJSON().Outputs).sort()).toEqual([
      'ApiUrl',
      'AttributeSpansFunction',
      'EdgeLayer',
      'GateUrl',
      'Next1',
      'Next2',
      'Next3',
      'RefreshPricesFunction',
    ])
    expect(code.toJSON().Outputs.Next1.Value).toBe('npx tollgate doctor --stack tollgate')
    const told = Object.keys(data.toJSON().Outputs).filter((name) => !name.startsWith('ExportsOutput'))
    expect(told.sort()).toEqual([
      'AlertsTopicArn',
      'BudgetsTable',
      'ClusterArn',
      'CollectorSecurityGroup',
      'CollectorVpc',
      'ConsumerGroup',
      'DeadLettersBucket',
      'FlagsTable',
      'LedgerTable',
      'PricesTable',
      'TopicAuthentication',
      'TopicName',
      'TopicPartitions',
    ])
  })
})

describe('schedules', () => {
  it.each(['refresh-prices', 'close-windows', 'settle-parked'])(
    '%s is called every minute, and a missed call is not repeated',
    (name) => {
      code.hasResourceProperties('AWS::Events::Rule', {
        ScheduleExpression: 'rate(1 minute)',
        Targets: [
          {
            Arn: { 'Fn::GetAtt': [idOf(name), 'Arn'] },
            Id: Match.anyValue(),
            RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
          },
        ],
      })
      code.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
        FunctionName: { Ref: idOf(name) },
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 60,
      })
    },
  )

  it.each([
    ['roll-up-days', 'to go on where a night was cut'],
    ['meter-itself', 'to book the hours that have ended'],
  ])('%s is called every hour, %s', (name) => {
    code.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 hour)',
      Targets: [{ Arn: { 'Fn::GetAtt': [idOf(name), 'Arn'] } }],
    })
    code.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: idOf(name) },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 3600,
    })
  })

  it('refresh-prices is also called by the deploy, which waits for its answer', () => {
    const [trigger] = Object.values(resourcesOf(code, 'Custom::Trigger'))
    expect(trigger?.Properties).toMatchObject({ InvocationType: 'RequestResponse', ExecuteOnHandlerChange: true })
    const version = trigger?.Properties.HandlerArn.Ref
    expect(resourcesOf(code, 'AWS::Lambda::Version')[version]?.Properties.FunctionName.Ref).toBe(idOf('refresh-prices'))
  })
})

describe('the HTTP API', () => {
  const ROUTES = [
    ['GET /v1/flags', 'throttle-gate'],
    ['GET /v1/spend', 'explore-costs'],
    ['GET /v1/coverage', 'explore-costs'],
    ['GET /v1/audit', 'explore-costs'],
    ['GET /v1/budgets', 'explore-costs'],
    ['GET /v1/budgets/events', 'explore-costs'],
    ['GET /v1/minutes', 'explore-costs'],
    ['GET /v1/prices', 'explore-costs'],
    ['GET /v1/prices/book', 'explore-costs'],
    ['POST /v1/budgets/changes', 'change-budget'],
  ] as const

  it.each(ROUTES)('%s -> %s, for callers known by IAM', (key, name) => {
    const route = Object.values(resourcesOf(code, 'AWS::ApiGatewayV2::Route')).find(
      ({ Properties }) => Properties.RouteKey === key,
    )
    expect(route?.Properties.AuthorizationType).toBe('AWS_IAM')
    const integration = route?.Properties.Target['Fn::Join'][1][1].Ref
    const uri = resourcesOf(code, 'AWS::ApiGatewayV2::Integration')[integration]?.Properties.IntegrationUri
    expect(uri).toEqual({ 'Fn::GetAtt': [idOf(name), 'Arn'] })
  })

  it('has no other route, no public one, a limit of requests, and a log of accesses', () => {
    const routes = Object.values(resourcesOf(code, 'AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties)
    expect(routes.map((route) => route.AuthorizationType)).toEqual(ROUTES.map(() => 'AWS_IAM'))
    code.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
      AccessLogSettings: Match.objectLike({ DestinationArn: Match.anyValue() }),
    })
  })

  it('logs who asked for which route, and why there was no answer, in variables that HTTP APIs have', () => {
    const [stage] = Object.values(resourcesOf(code, 'AWS::ApiGatewayV2::Stage'))
    const variables = Object.values(JSON.parse(stage?.Properties.AccessLogSettings.Format))
    expect(variables).toEqual(expect.arrayContaining(['userArn', 'sourceIp'].map((it) => `$context.identity.${it}`)))
    expect(variables).toEqual(
      expect.arrayContaining(
        ['requestId', 'routeKey', 'status', 'error.message', 'integrationErrorMessage'].map((it) => `$context.${it}`),
      ),
    )
    expect(variables).not.toContain('$context.resourcePath') // a variable of REST APIs
  })
})
