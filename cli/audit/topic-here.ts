import type { TopicPorts } from '../../functions/explore-costs/explore-costs.ts'
import { openDeadLetters } from '../../layers/adapters/dead-letters-bucket.ts'
import { parseUsd } from '../../layers/core/money/picodollars.ts'
import { compileRating } from '../../layers/core/rating/rating-context.ts'
import { auditedTopic } from '../../local/audited-topic.ts'
import { type TopicRecordsOptions, topicRecords } from '../../local/kafka/topic-records.ts'
import { localConfiguration } from '../local-configuration.ts'
import type { Tell } from '../with-progress.ts'
import { toldVisits } from './told-visits.ts'

/** A topic that this machine reaches, and where its dead letters lie. */
export interface TopicHere extends TopicRecordsOptions {
  /** A bucket in AWS, read with the caller's credentials. */
  readonly bucket: string
  /** The file of the system's configuration; Tollgate's defaults without it. */
  readonly configuration: string | undefined
}

/** The topic for an audit, which tells how much of it is read. @throws UnusableFile; reading throws NotBrokers, the Kafka client's errors and the SDK's */
export async function topicHere({ bucket, configuration, ...topic }: TopicHere, tell: Tell): Promise<TopicPorts> {
  const { rating, rates } = await localConfiguration(configuration)
  const maxDeclared = parseUsd(rating.maxDeclaredUsd)
  const records = toldVisits(topicRecords(topic), tell)
  return auditedTopic(records, openDeadLetters(bucket), compileRating(rating, rates), maxDeclared)
}
