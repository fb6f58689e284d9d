import { describe, expect, it } from 'vitest'
import { rolePolicyOf } from '../../infra/role-policies.ts'
import { OWN_CLUSTER, resourcesOf, synthesize } from '../../infra/synthesized.ts'
import { DEPLOYED_FUNCTIONS } from './deployed-functions.ts'

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:AmazonMSK_tollgate-AbCdEf'
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555'
const authentication = { kind: 'scram', secretArn: SECRET, keyArn: KEY }

/** The way in whose calls permissions.test.ts records and simulates, and the others. */
const iam = synthesize({ topic: { clusterArn: OWN_CLUSTER } })
const scram = synthesize({ topic: { clusterArn: OWN_CLUSTER, authentication } })
const made = synthesize({})

/** They alone know of the cluster. */
const OF_THE_TOPIC = ['attribute-spans', 'create-topic']
const OTHERS = DEPLOYED_FUNCTIONS.filter((name) => !OF_THE_TOPIC.includes(name))

const statementsOf = (stacks: typeof iam, name: string) =>
  rolePolicyOf(stacks, name).policy.Statement as readonly {
    readonly Action: string | readonly string[]
    readonly Resource: string | readonly string[]
  }[]

const actionsOf = (stacks: typeof iam, name: string): readonly string[] =>
  statementsOf(stacks, name).flatMap(({ Action }) => Action)

describe('the functions of every way in', () => {
  it('are these and no more', () => {
    const roles = Object.keys(resourcesOf(made.code, 'AWS::IAM::Policy'))
    expect(roles).toHaveLength(DEPLOYED_FUNCTIONS.length)
    for (const name of DEPLOYED_FUNCTIONS) {
      expect(roles.filter((id) => id.startsWith(`${name.replaceAll('-', '')}role`))).toHaveLength(1)
    }
  })

  it.each(OTHERS)('%s may do with a made cluster, and with SCRAM, exactly what it may with an own one', (name) => {
    expect(statementsOf(made, name)).toEqual(statementsOf(iam, name))
    expect(statementsOf(scram, name)).toEqual(statementsOf(iam, name))
  })

  it('attribute-spans logs in by SCRAM with its one secret and its one key, and has no call of Kafka through IAM', () => {
    const added = statementsOf(scram, 'attribute-spans').filter(({ Action }) =>
      [Action].flat().some((action) => /^(secretsmanager|kms):/.test(action)),
    )
    expect(added).toEqual([
      expect.objectContaining({
        Action: 'kms:Decrypt',
        Resource: KEY,
        Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
      }),
      expect.objectContaining({
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        Resource: SECRET,
      }),
    ])
    expect(actionsOf(scram, 'attribute-spans').filter((action) => action.startsWith('kafka-cluster:'))).toEqual([])
  })

  it.each(OF_THE_TOPIC)('%s may do with a made cluster what it may with an own one, on that cluster alone', (name) => {
    expect([...actionsOf(made, name)].sort()).toEqual([...actionsOf(iam, name)].sort())
    const kafka = statementsOf(made, name).filter(({ Action }) =>
      [Action].flat().some((one) => one.startsWith('kafka')),
    )
    expect(JSON.stringify(kafka)).not.toContain('cluster/shop')
    for (const resource of kafka.flatMap(({ Resource }) => Resource)) expect(resource).not.toBe('*')
  })
})
