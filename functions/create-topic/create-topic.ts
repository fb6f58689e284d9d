import { isAccessDenied } from '../../layers/adapters/access-denied.ts'
import type { SpanTopics, TopicShape, TopicStatus } from '../../layers/adapters/span-topic.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'

/** The topic that a deploy asks for. */
export interface WantedTopic extends TopicShape {
  readonly clusterArn: string
  /** True: its owner makes it; here it is only checked. */
  readonly exists: boolean
}

/** The deploy cannot go on: what is wrong with cluster or topic, and what to do. */
export class TopicNotUsable extends Error {
  override readonly name = 'TopicNotUsable'
}

/** The topic is there with another number of partitions. */
export class OtherPartitions extends TopicNotUsable {
  readonly wanted: number
  readonly found: number
  constructor(wanted: WantedTopic, found: number) {
    super(otherPartitions(wanted, found))
    this.wanted = wanted.partitions
    this.found = found
  }
}

export interface CreateTopicPorts {
  readonly topicsOf: (clusterArn: string) => SpanTopics
  readonly now: () => EpochMs
  readonly pause: (ms: number) => Promise<void>
  /** How long to wait for a cluster that is busy, for access that is not there yet and for a topic that MSK does not show yet, ms in all. */
  readonly patienceMs: number
}

/** MSK shows a new topic after about a minute. */
const PAUSE_MS = 5_000

/**
 * Makes the topic unless it is there, and checks that it has as many partitions as the configuration says. Asking again is
 * harmless. `unchecked`: a topic of a serverless cluster, which MSK's API does not show.
 * @throws TopicNotUsable with what to do; the adapter's errors are its cause.
 */
export function createTopic(ports: CreateTopicPorts): (wanted: WantedTopic) => Promise<'made' | 'there' | 'unchecked'> {
  return async (wanted) => {
    const topics = ports.topicsOf(wanted.clusterArn)
    const until = ports.now() + ports.patienceMs
    // The other half is the topic's.
    const kind = await waitForCluster(ports, topics, wanted, until - ports.patienceMs / 2)
    if (kind === 'serverless') {
      if (wanted.exists) return 'unchecked'
      throw new TopicNotUsable(serverless(wanted))
    }
    const ask = <Answer>(call: () => Promise<Answer>) => reach(ports, wanted, until, call)
    const found = await ask(() => topics.describeTopic(wanted.name))
    if (found === undefined && wanted.exists) throw new TopicNotUsable(absent(wanted))
    const made = found === undefined && (await ask(() => topics.createTopic(wanted))) === 'created'
    const topic = await waitForTopic(ports, topics, wanted, until)
    if (topic.partitions !== wanted.partitions) throw new OtherPartitions(wanted, topic.partitions)
    return made ? 'made' : 'there'
  }
}

async function waitForCluster(ports: CreateTopicPorts, topics: SpanTopics, wanted: WantedTopic, until: number) {
  for (;;) {
    const cluster = await reach(ports, wanted, until, () => topics.describeCluster())
    if (cluster === undefined) throw new TopicNotUsable(noCluster(wanted))
    if (cluster.state === 'ACTIVE') return cluster.kind
    if (cluster.state === 'FAILED' || cluster.state === 'DELETING' || ports.now() >= until)
      throw new TopicNotUsable(notActive(wanted, cluster.state))
    await ports.pause(PAUSE_MS)
  }
}

async function waitForTopic(
  ports: CreateTopicPorts,
  topics: SpanTopics,
  wanted: WantedTopic,
  until: number,
): Promise<TopicStatus> {
  for (;;) {
    const topic = await reach(ports, wanted, until, () => topics.describeTopic(wanted.name))
    if (topic !== undefined && (topic.state === 'ACTIVE' || topic.state === 'UPDATING')) return topic
    if (ports.now() >= until) throw new TopicNotUsable(notShown(wanted, topic?.state))
    await ports.pause(PAUSE_MS)
  }
}

/**
 * What MSK refuses, or a network that does not carry the question, becomes a reason that a deploy can show. It is asked again until
 * `until` where it denies access: the role's policy was made a moment ago, and IAM tells its other places with a delay (IAM user
 * guide, "Changes that I make are not always immediately visible").
 */
async function reach<Answer>(
  ports: CreateTopicPorts,
  wanted: WantedTopic,
  until: number,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isAccessDenied(error) || ports.now() >= until) throw notReached(wanted, error)
      await ports.pause(PAUSE_MS)
    }
  }
}

function notReached({ clusterArn }: WantedTopic, error: unknown): TopicNotUsable {
  const said = error instanceof Error ? `${error.name}: ${error.message}` : 'no answer'
  return new TopicNotUsable(
    `MSK did not answer for ${clusterArn} (${said}). Topics are made through MSK's API on provisioned clusters of ` +
      'Apache Kafka 3.6 or later; make the topic with a Kafka client and set topic.exists where that is not yours.',
    { cause: error },
  )
}

const noCluster = ({ clusterArn }: WantedTopic): string =>
  `there is no cluster ${clusterArn} in this account and region: write the ARN that \`aws kafka list-clusters-v2\` prints as topic.clusterArn`

const notActive = ({ clusterArn }: WantedTopic, state: string): string =>
  `the cluster ${clusterArn} is ${state}; a topic is made and read on an ACTIVE one only: wait until it is, then deploy again`

const serverless = ({ name, partitions }: WantedTopic): string =>
  `MSK Serverless makes no topics through the AWS API. Make it with a Kafka client inside the VPC: kafka-topics.sh --bootstrap-server BROKERS --command-config iam.properties --create --topic ${name} --partitions ${partitions}; then set topic.exists`

const absent = ({ name, clusterArn }: WantedTopic): string =>
  `topic.exists says that ${name} is there, and the cluster ${clusterArn} has no such topic: make it, or take topic.exists away and let the deploy make it`

const notShown = ({ name }: WantedTopic, state: string | undefined): string =>
  `the topic ${name} is ${state ?? 'not shown by MSK yet'}: wait a minute, then deploy again`

const otherPartitions = ({ name, clusterArn, partitions }: WantedTopic, found: number): string =>
  found < partitions
    ? `the topic ${name} has ${found} partitions and the configuration says ${partitions}: set topic.partitions to ${found}, or add some: aws kafka update-topic --cluster-arn ${clusterArn} --topic-name ${name} --partition-count ${partitions}`
    : `the topic ${name} has ${found} partitions and the configuration says ${partitions}: set topic.partitions to ${found}; Kafka takes no partition away`
