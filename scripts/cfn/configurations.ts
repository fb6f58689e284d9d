import { WAYS_IN } from '../releases/data-assembly.ts'

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:AmazonMSK_tollgate-AbCdEf'
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555'
const CLUSTER = 'arn:aws:kafka:eu-west-1:123456789012:cluster/shop/11111111-2222-3333-4444-555555555555-7'

/** Configurations whose templates have resources or properties that those of others do not have. */
export const CONFIGURATIONS: Readonly<Record<string, unknown>> = {
  ...WAYS_IN,
  'express-cluster': { topic: { newCluster: { brokerType: 'express.m7g.large' } } },
  'two-zones': { topic: { newCluster: { zones: ['us-west-1a', 'us-west-1c'] } } },
  'brokers-in-a-vpc': {
    topic: {
      newCluster: {
        network: { vpcId: 'vpc-0123abcd', subnetIds: ['a', 'b', 'c'].map((zone) => `subnet-0000000${zone}`) },
      },
    },
  },
  'scram-cluster': {
    topic: { clusterArn: CLUSTER, authentication: { kind: 'scram', secretArn: SECRET, keyArn: KEY } },
  },
  'serverless-cluster': { topic: { clusterArn: CLUSTER.replace(/-7$/, '-s1'), exists: true } },
  'provisioned-ledger': {
    ledgerCapacity: { writeUnits: { minimum: 100, maximum: 4_000 }, readUnits: { minimum: 20, maximum: 400 } },
    alerts: [{ protocol: 'https', endpoint: 'https://example.com/hook', filter: { environment: ['prod'] } }],
  },
}
