import { setTimeout as pause } from 'node:timers/promises'
import { KafkaClient } from '@aws-sdk/client-kafka'
import { answerDeploy, readDeployRequest } from '../../layers/adapters/deploy-request.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import { connectSpanTopics } from '../../layers/adapters/span-topic.ts'
import { type EpochMs, MS_PER_MINUTE } from '../../layers/core/time/instants.ts'
import { answerTopicRequest } from './answer-topic-request.ts'
import { createTopic } from './create-topic.ts'

const telemetry = connectTelemetry()
const client = telemetry.tracer.captureAWSv3Client(new KafkaClient({ maxAttempts: 5 }))

const answer = answerTopicRequest(
  createTopic({
    topicsOf: (clusterArn) => connectSpanTopics(client, clusterArn),
    now: () => Date.now() as EpochMs,
    pause: (ms) => pause(ms),
    patienceMs: 4 * MS_PER_MINUTE,
  }),
)

export const handler = instrumented(telemetry, async (event: unknown): Promise<void> => {
  const request = readDeployRequest(event)
  const { physicalId, outcome } = await answer(request)
  if (outcome.status === 'FAILED') telemetry.logger.error('the span topic is not usable', { reason: outcome.reason })
  await answerDeploy(request, physicalId, outcome)
})
