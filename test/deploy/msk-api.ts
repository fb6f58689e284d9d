import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Admin } from '@platformatic/kafka'

/** MSK's API on the loopback. */
export interface MskApi {
  readonly endpoint: string
  /** Names of topics that were asked for and made, in order. */
  readonly made: readonly string[]
  close(): Promise<void>
}

/**
 * Answers the three calls with which a deploy makes and checks its topic (API reference of Amazon MSK: DescribeClusterV2,
 * DescribeTopic, CreateTopic), for one provisioned cluster whose topics are those of a real Kafka of one broker.
 */
export async function startMskApi(clusterArn: string, brokers: string): Promise<MskApi> {
  const admin = new Admin({ clientId: 'msk-api', bootstrapBrokers: [brokers] })
  const made: string[] = []
  const server = createServer(async (request, response) => {
    const [, path = ''] = /^\/(?:api\/v2|v1)\/clusters\/(.*)$/.exec(request.url ?? '') ?? []
    const [arn = '', ...rest] = path.split('/').map(decodeURIComponent)
    const topic = rest[1]
    if (arn !== clusterArn) return refuse(response, 404, 'NotFoundException')
    if (rest.length === 0) {
      return send(response, 200, { clusterInfo: { clusterArn, clusterType: 'PROVISIONED', state: 'ACTIVE' } })
    }
    if (topic !== undefined) return describeTopic(admin, topic, response)
    const wanted = await bodyOf(request)
    // One broker holds one copy, however many are asked for.
    await admin.createTopics({ topics: [wanted.topicName], partitions: wanted.partitionCount, replicas: 1 })
    made.push(wanted.topicName)
    return send(response, 200, { topicName: wanted.topicName, status: 'CREATING' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    made,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await admin.close()
    },
  }
}

async function describeTopic(admin: Admin, topicName: string, response: ServerResponse): Promise<void> {
  if (!(await admin.listTopics()).includes(topicName)) {
    return refuse(response, 404, 'UnknownTopicOrPartitionException')
  }
  const { topics } = await admin.metadata({ topics: [topicName], forceUpdate: true })
  send(response, 200, { topicName, partitionCount: topics.get(topicName)?.partitionsCount, status: 'ACTIVE' })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function refuse(response: ServerResponse, status: number, type: string): void {
  response.setHeader('x-amzn-errortype', type)
  send(response, status, { message: type })
}

async function bodyOf(request: IncomingMessage): Promise<{ topicName: string; partitionCount: number }> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString())
}
