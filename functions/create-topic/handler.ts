import { setTimeout as pause } from 'node:timers/promises'
import { KafkaClient } from '@aws-sdk/client-kafka'
import { CLIENT_PATIENCE } from '../../layers/adapters/client-patience.ts'
import { answerDeploy, readDeployRequest } from '../../layers/adapters/deploy-request.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import { connectSpanTopics } from '../../layers/adapters/span-topic.ts'
import { type EpochMs, MS_PER_MINUTE } from '../../layers/core/time/instants.ts'
import { answerTopicRequest } from './answer-topic-request.ts'
import { createTopic } from './create-topic.ts'

const telemetry = connectTelemetry()
const client = telemetry.tracer.captureAWSv3Client(new KafkaClient(CLIENT_PATIENCE))

const answer = answerTopicRequest(
  createTopic({
    topicsOf: (clusterArn) => connectSpanTopics(client, clusterArn),
    now: () => Date.now() as EpochMs,
    pause: (ms) => pause(ms),
    // With the last calls' own patience this ends within the function's five minutes: a deploy must have its answer.
    patienceMs: 3 * MS_PER_MINUTE,
  }),
)

export const handler = instrumented(telemetry, async (event: unknown): Promise<void> => {
  const request = readDeployRequest(event)
  const { physicalId, outcome } = await answer(request)
  if (outcome.status === 'FAILED') telemetry.logger.error('the span topic is not usable', { reason: outcome.reason })
  else if (outcome.warning !== undefined) telemetry.logger.warn(outcome.warning)
  await answerDeploy(request, physicalId, outcome)
})
