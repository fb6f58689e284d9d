import { MINISTACK } from '../integration/engines/ministack.ts'
import { RATE } from './shop-spans.ts'

const { region, account } = MINISTACK

export const CLUSTER_ARN = `arn:aws:kafka:${region}:${account}:cluster/shop/11111111-2222-3333-4444-555555555555-7`
export const PARTITIONS = 12
/** The SQS queue of this name hears of alerts. */
export const QUEUE = 'on-call'

/** What somebody who brings a cluster writes into cdk.json, beside the defaults that stand there. */
export const ownCluster = (limitUsd: string) => ({
  topic: { clusterArn: CLUSTER_ARN, partitions: PARTITIONS, openSecurityGroups: ['sg-0123456789abcdef0'] },
  rates: [RATE],
  budgets: [{ service: 'prod/shop', limitUsd, mode: 'enforce' }],
  alerts: [{ protocol: 'sqs', endpoint: `arn:aws:sqs:${region}:${account}:${QUEUE}` }],
})
