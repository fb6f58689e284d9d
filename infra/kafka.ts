import { Fn, Token } from 'aws-cdk-lib'

/** Ports of MSK's brokers inside a VPC (MSK developer guide, port information). */
export const KAFKA_PORTS = { iam: 9098, scram: 9096 } as const

/**
 * The ARN of a topic or of a consumer group of a cluster: the cluster's own, its kind replaced, the name behind it
 * (MSK developer guide, IAM access control: `arn:aws:kafka:region:account:topic/cluster/uuid/name`).
 */
export function kafkaArn(clusterArn: string, kind: 'topic' | 'group', name: string): string {
  if (!Token.isUnresolved(clusterArn)) return `${clusterArn.replace(':cluster/', `:${kind}/`)}/${name}`
  const parts = Fn.split(':cluster/', clusterArn)
  return `${Fn.select(0, parts)}:${kind}/${Fn.select(1, parts)}/${name}`
}
