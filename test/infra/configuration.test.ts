import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { adviceOnZones, parseConfiguration, WrongConfiguration } from '../../infra/configuration.ts'
import { configurationSchema } from '../../layers/core/configuration.ts'
import { cdkContext, OWN_CLUSTER, resourcesOf, synthesize } from './synthesized.ts'

const complaint = (context: unknown): string => {
  try {
    parseConfiguration(context)
  } catch (error) {
    if (error instanceof WrongConfiguration) return error.message
    throw error
  }
  return 'accepted'
}

describe('the configuration of cdk.json', () => {
  it('is accepted as it stands, and is the default where it says nothing', () => {
    expect(parseConfiguration(cdkContext.tollgate)).toEqual(parseConfiguration({}))
  })

  it.each([
    ['no configuration', undefined, /cdk\.json: write Tollgate's configuration under context\.tollgate/],
    ['a wrong type', { name: 5 }, /^cdk\.json: context\.tollgate\.name: .*expected string.*; found 5$/],
    [
      'an amount as a number',
      { defaultBudget: { service: '*', limitUsd: 500 } },
      /context\.tollgate\.defaultBudget\.limitUsd: .*; found 500$/,
    ],
    [
      'an amount with a sign',
      { budgets: [{ service: 'a', limitUsd: '$5' }] },
      /context\.tollgate\.budgets\[0\]\.limitUsd: write it as "500" or "12\.50"; found "\$5"$/,
    ],
    [
      'an unknown key',
      { topic: { partition: 12 } },
      /context\.tollgate\.topic\.partition: Unrecognized key.*; found 12$/,
    ],
    [
      'a region that is none',
      { pricedRegions: ['Virginia'] },
      /context\.tollgate\.pricedRegions\[0\]: an AWS region code/,
    ],
    [
      'a cluster by name',
      { topic: { clusterArn: 'shop' } },
      /context\.tollgate\.topic\.clusterArn: write the ARN that `aws kafka list-clusters-v2` prints/,
    ],
    [
      'a secret without its key',
      { topic: { authentication: { kind: 'scram', secretArn: 'arn:aws:secretsmanager:x' } } },
      /context\.tollgate\.topic\.authentication\.keyArn: .*; found nothing$/,
    ],
    [
      'a broker type of another service',
      { topic: { newCluster: { brokerType: 'cache.t3.small' } } },
      /newCluster\.brokerType: a broker type, standard or express/,
    ],
    [
      'express brokers in two zones',
      { topic: { newCluster: { brokerType: 'express.m7g.large', zones: 2 } } },
      /newCluster\.zones: express brokers stand in 3 zones; found 2$/,
    ],
    [
      'more regions than a refresh can ask within its time',
      { pricedRegions: Array.from({ length: 11 }, (_, n) => `eu-west-${n % 10}`) },
      /context\.tollgate\.pricedRegions: a refresh of the prices reads 10 regions in its time; found 11$/,
    ],
    [
      'a filter of more combinations than SNS takes',
      {
        alerts: [
          {
            protocol: 'email',
            endpoint: 'oncall@example.com',
            filter: { service: Array.from({ length: 76 }, (_, n) => `s${n}`), severity: ['high', 'low'] },
          },
        ],
      },
      /alerts\[0\]\.filter: SNS takes five attributes at most, and 150 combinations/,
    ],
    [
      'a webhook without TLS',
      { alerts: [{ protocol: 'http', endpoint: 'http://hooks.example.com/alerts' }] },
      /alerts\[0\]\.protocol: alerts go over TLS alone: write "protocol": "https", .* https:\/\/; found "http"$/,
    ],
    [
      'a webhook without TLS that says it has it',
      { alerts: [{ protocol: 'https', endpoint: 'http://hooks.example.com/alerts' }] },
      /alerts\[0\]\.endpoint: alerts go over TLS alone: .*; found "http:\/\/hooks/,
    ],
    [
      'a protocol that SNS does not have',
      { alerts: [{ protocol: 'slack', endpoint: '#oncall' }] },
      /alerts\[0\]\.protocol: one of email, email-json, sqs, lambda, https, sms; found "slack"$/,
    ],
    [
      'a subscriber twice',
      { alerts: [1, 2].map(() => ({ protocol: 'email', endpoint: 'oncall@example.com' })) },
      /alerts: each subscriber once/,
    ],
    [
      'a topic that stands for all topics',
      { topic: { name: 'spans*' } },
      /topic\.name: a topic's name: letters, digits, '\.', '_' and '-'; found "spans\*"$/,
    ],
    [
      'a consumer group that stands for all groups',
      { topic: { consumerGroup: '*' } },
      /topic\.consumerGroup: a consumer group's name: letters, digits, '\.', '_' and '-', at most 200; found "\*"$/,
    ],
    [
      'fewer subnets than zones',
      {
        topic: {
          newCluster: {
            network: { vpcId: 'vpc-0123abcd', subnetIds: ['a', 'a', 'b'].map((zone) => `subnet-0000000${zone}`) },
          },
        },
      },
      /newCluster\.network\.subnetIds: one subnet a zone: as many as "zones" says/,
    ],
    [
      'a subnet twice beside as many as there are zones',
      {
        topic: {
          newCluster: {
            network: { vpcId: 'vpc-0123abcd', subnetIds: ['a', 'b', 'c', 'c'].map((zone) => `subnet-0000000${zone}`) },
          },
        },
      },
      /newCluster\.network\.subnetIds: one subnet a zone: as many as "zones" says/,
    ],
    [
      'a zone twice',
      { topic: { newCluster: { zones: ['us-east-1a', 'us-east-1a', 'us-east-1b'] } } },
      /newCluster\.zones: 2, 3, or the names of as many different zones, for instance .*; found \["us-east-1a"/,
    ],
    [
      'express brokers in two zones by name',
      { topic: { newCluster: { brokerType: 'express.m7g.large', zones: ['us-east-1a', 'us-east-1b'] } } },
      /newCluster\.zones: express brokers stand in 3 zones; found/,
    ],
  ])('names the key and what to write: %s', (_, context, message) => {
    expect(complaint(context)).toMatch(message)
  })

  it('names every wrong key at once, a line each', () => {
    expect(complaint({ name: '', retention: { flagMinutes: 0 } }).split('\n')).toHaveLength(2)
  })

  it('says how to make the topic on a serverless cluster, and takes one that exists', () => {
    const clusterArn = OWN_CLUSTER.replace(/-7$/, '-s1')
    expect(complaint({ topic: { clusterArn } })).toMatch(
      /context\.tollgate\.topic\.exists: .*"exists": true.*kafka-topics\.sh .* --create --topic otel-cost-spans --partitions 12/s,
    )
    expect(complaint({ topic: { clusterArn, exists: true } })).toBe('accepted')
  })
})

describe('the zones of a new cluster', () => {
  const adviceOn = (topic: unknown, region: string | undefined) => adviceOnZones(parseConfiguration({ topic }), region)

  it('are to be named in us-east-1, where MSK does not take each', () => {
    expect(adviceOn({}, 'us-east-1')).toMatch(/use1-az3.*\n.*newCluster\.zones/)
  })

  it.each([
    ['in another region', {}, 'eu-west-1'],
    ['where the region is not known', {}, undefined],
    ['where they are named', { newCluster: { zones: ['us-east-1a', 'us-east-1b', 'us-east-1d'] } }, 'us-east-1'],
    [
      'where its subnets are given',
      {
        newCluster: {
          network: { vpcId: 'vpc-0123abcd', subnetIds: ['subnet-0000000a', 'subnet-0000000b', 'subnet-0000000c'] },
        },
      },
      'us-east-1',
    ],
    ['where the cluster is there already', { clusterArn: OWN_CLUSTER }, 'us-east-1'],
  ])('need no word %s', (_, topic, region) => {
    expect(adviceOn(topic, region)).toBeUndefined()
  })
})

describe('infra/app.ts', () => {
  it('ends with the complaint alone, no stack trace, where the configuration is wrong', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['infra/app.ts'], {
      cwd: new URL('../../', import.meta.url),
      env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify({ tollgate: { name: 'Tollgate!' } }) },
      encoding: 'utf8',
    })
    expect(stderr).toMatch(/^cdk\.json: context\.tollgate\.name: .*; found "Tollgate!"\n$/)
    expect([status, stdout]).toEqual([1, ''])
  })
})

describe('the configuration layer', () => {
  it('holds the whole configuration, every default filled in, as functions read it', () => {
    const configuration = { name: 'spend', budgets: [{ service: 'prod/*', limitUsd: '20' }] }
    const { code, assets } = synthesize(configuration)
    const [layer] = Object.values(resourcesOf(code, 'AWS::Lambda::LayerVersion'))
    const [hash] = String(layer?.Properties.Content.S3Key).split('.')
    const folder = `${assets}/asset.${hash}/tollgate`
    expect(readdirSync(folder)).toEqual(['configuration.json'])
    const held = JSON.parse(readFileSync(`${folder}/configuration.json`, 'utf8'))
    expect(held).toEqual(parseConfiguration(configuration))
    expect(configurationSchema.parse(held)).toEqual(held)
  })

  it('is all that changes, with the versions that carry it, when a budget changes', () => {
    const withBudget = (limitUsd: string) => synthesize({ defaultBudget: { service: '*', limitUsd } })
    const [before, after] = [withBudget('500'), withBudget('600')]
    expect(after.data.toJSON()).toEqual(before.data.toJSON())
    const code = (of: typeof before) =>
      Object.values(resourcesOf(of.code, 'AWS::Lambda::Function')).map(({ Properties }) => Properties.Code)
    expect(code(after)).toEqual(code(before))
    expect(resourcesOf(after.code, 'AWS::Lambda::LayerVersion')).not.toEqual(
      resourcesOf(before.code, 'AWS::Lambda::LayerVersion'),
    )
  })
})
