import type { IncomingMessage, ServerResponse } from 'node:http'
import { KafkaClient } from '@aws-sdk/client-kafka'
import { type LoopbackServer, listenOnLoopback, readBody, send } from '../../../local/http.ts'

/** What the fake knows of one cluster; a test writes into it while it runs. */
interface FakeCluster {
  type: 'PROVISIONED' | 'SERVERLESS'
  state: string
  /** Topics by name. `shownAfter`: so many questions are answered "not found" first, as MSK does for about a minute. */
  readonly topics: Map<string, { partitions: number; copies: number; shownAfter: number }>
  /** Refuses every call so, where it is set: status and error name. */
  refuses?: readonly [status: number, name: string] | undefined
}

export interface FakeMsk extends LoopbackServer {
  readonly clusters: Map<string, FakeCluster>
  /** `GET /v1/clusters/.../topics/spans` and the like, in order. */
  readonly calls: string[]
  readonly client: KafkaClient
}

/** MSK's control plane as far as topics go, on loopback, for the SDK's own client (rest-json; API reference of MSK). */
export async function startFakeMsk(): Promise<FakeMsk> {
  const clusters = new Map<string, FakeCluster>()
  const calls: string[] = []
  const server = await listenOnLoopback(async (request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    calls.push(`${request.method} ${path}`)
    await answer(clusters, path, request, response)
  })
  const client = new KafkaClient({
    endpoint: server.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
  return { ...server, clusters, calls, client }
}

async function answer(
  clusters: FakeMsk['clusters'],
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, arn = '', below, name = ''] =
    /^\/(?:api\/v2|v1)\/clusters\/(arn:[^/]+\/[^/]+\/[^/]+)(\/topics)?\/?(.*)$/.exec(path) ?? []
  const cluster = clusters.get(arn)
  if (cluster === undefined) return fail(response, 404, 'NotFoundException')
  if (cluster.refuses) return fail(response, ...cluster.refuses)
  if (below === undefined) {
    return json(response, { clusterInfo: { clusterArn: arn, clusterType: cluster.type, state: cluster.state } })
  }
  if (request.method === 'POST') {
    const asked = JSON.parse(String(await readBody(request, 10_000)))
    if (cluster.topics.has(asked.topicName)) return fail(response, 409, 'TopicExistsException')
    cluster.topics.set(asked.topicName, {
      partitions: asked.partitionCount,
      copies: asked.replicationFactor,
      shownAfter: 2,
    })
    return json(response, { topicName: asked.topicName, status: 'CREATING' })
  }
  const topic = cluster.topics.get(name)
  if (topic === undefined || topic.shownAfter-- > 0) return fail(response, 404, 'NotFoundException')
  return json(response, {
    topicName: name,
    partitionCount: topic.partitions,
    replicationFactor: topic.copies,
    status: 'ACTIVE',
  })
}

const json = (response: ServerResponse, body: unknown): void =>
  send(response, 200, { 'content-type': 'application/json' }, JSON.stringify(body))

const fail = (response: ServerResponse, status: number, name: string): void =>
  send(
    response,
    status,
    { 'content-type': 'application/json', 'x-amzn-errortype': name },
    JSON.stringify({ message: `refused: ${name}` }),
  )
