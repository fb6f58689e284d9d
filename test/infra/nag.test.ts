import { describe, expect, it } from 'vitest'
import { OWN_CLUSTER, PROVISIONED_LEDGER, synthesize } from './synthesized.ts'

const scram = {
  kind: 'scram',
  secretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:AmazonMSK_tollgate-AbCdEf',
  keyArn: 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555',
}

describe('cdk-nag AwsSolutions', () => {
  it.each([
    ['the configuration of cdk.json', undefined],
    ['all defaults', {}],
    ['another name', { name: 'spend' }],
    ["one's own cluster with IAM", { topic: { clusterArn: OWN_CLUSTER, openSecurityGroups: ['sg-0123abcd'] } }],
    ['a provisioned ledger', { ledgerCapacity: PROVISIONED_LEDGER }],
    ["one's own cluster with SCRAM", { topic: { clusterArn: OWN_CLUSTER, authentication: scram } }],
  ])('finds nothing that is not acknowledged with a reason: %s', (_, configuration) => {
    expect(synthesize(configuration).findings).toEqual([])
  })
})
