import type { MskAuthentication } from '../layers/adapters/msk-access.ts'
import type { Deployment } from '../layers/adapters/stack-outputs.ts'
import type { KafkaLogin, TopicAccess } from '../local/kafka/access.ts'
import { outputOf } from './running-system.ts'
import { UsageError } from './usage-error.ts'

/**
 * The topic of a deployed system, with the login that its cluster wants: the caller's own credentials, or name and
 * password of SCRAM from the environment (TOLLGATE_KAFKA_USERNAME, TOLLGATE_KAFKA_PASSWORD).
 * @throws UsageError where those are missing, NoBrokers, and the SDK's errors
 */
export async function deployedTopic(deployment: Deployment, environment: NodeJS.ProcessEnv): Promise<TopicAccess> {
  const authentication: MskAuthentication = deployment.outputs.TopicAuthentication === 'scram' ? 'scram' : 'iam'
  const login = await loginOf(authentication, deployment.region, environment)
  const { readMskBrokers } = await import('../layers/adapters/msk-access.ts')
  const brokers = await readMskBrokers(deployment.region, outputOf(deployment, 'ClusterArn'), authentication)
  return { brokers, topic: outputOf(deployment, 'TopicName'), login }
}

/** The consumer group that books the topic. A stack of a version without that output has the default (infra/span-topic.ts). */
export const consumerGroupOf = ({ stack, outputs }: Pick<Deployment, 'stack' | 'outputs'>): string =>
  outputs.ConsumerGroup ?? `${stack}-attribute-spans`

async function loginOf(
  authentication: MskAuthentication,
  region: string,
  { TOLLGATE_KAFKA_USERNAME: username, TOLLGATE_KAFKA_PASSWORD: password }: NodeJS.ProcessEnv,
): Promise<KafkaLogin> {
  if (authentication === 'iam') {
    const { mskTokens } = await import('../layers/adapters/msk-access.ts')
    return { kind: 'token', token: mskTokens(region) }
  }
  if (username !== undefined && password !== undefined) return { kind: 'scram', username, password }
  throw new UsageError('the cluster wants SCRAM: set TOLLGATE_KAFKA_USERNAME and TOLLGATE_KAFKA_PASSWORD')
}
