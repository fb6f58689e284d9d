import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  answerDeploy,
  DeployNotAnswered,
  type DeployRequest,
  NotADeployRequest,
  readDeployRequest,
} from '../../../layers/adapters/deploy-request.ts'
import { type LoopbackServer, listenOnLoopback, readBody, send } from '../../../local/http.ts'

let server: LoopbackServer
let statuses: number[] = []
const received: { method: string | undefined; type: string | undefined; body: Record<string, unknown> }[] = []

beforeAll(async () => {
  server = await listenOnLoopback(async (request, response) => {
    const body = JSON.parse(String(await readBody(request, 10_000)))
    received.push({ method: request.method, type: request.headers['content-type'], body })
    send(response, statuses.shift() ?? 200, {}, '')
  })
})
afterAll(() => server.close())
beforeEach(() => {
  received.length = 0
  statuses = []
})

const request = (): DeployRequest =>
  readDeployRequest({
    RequestType: 'Create',
    ResponseURL: `${server.url}/answer?signature=x`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'SpanTopic',
    ResourceProperties: { ServiceToken: 'arn' },
  })

describe('a custom resource', () => {
  it('answers CloudFormation with a PUT that has no content type and names stack, request and resource', async () => {
    await answerDeploy(request(), 'span-topic', { status: 'SUCCESS' })
    expect(received).toEqual([
      {
        method: 'PUT',
        type: undefined,
        body: {
          Status: 'SUCCESS',
          PhysicalResourceId: 'span-topic',
          StackId: 'stack',
          RequestId: 'request',
          LogicalResourceId: 'SpanTopic',
        },
      },
    ])
  })

  it('gives its reason when it fails, cut to what an answer may hold', async () => {
    await answerDeploy(request(), 'span-topic', { status: 'FAILED', reason: 'x'.repeat(9000) })
    expect(received[0]?.body).toMatchObject({ Status: 'FAILED', Reason: 'x'.repeat(2000) })
  })

  it('asks again when the answer is not taken, three times in all', async () => {
    statuses = [503, 500]
    await answerDeploy(request(), 'span-topic', { status: 'SUCCESS' })
    expect(received).toHaveLength(3)
    statuses = [503, 500, 500]
    await expect(answerDeploy(request(), 'span-topic', { status: 'SUCCESS' })).rejects.toThrow(DeployNotAnswered)
  })

  it('takes nothing but a request of CloudFormation', () => {
    expect(() => readDeployRequest({})).toThrow(NotADeployRequest)
    expect(() => readDeployRequest({ ...request(), RequestType: 'Look' })).toThrow(NotADeployRequest)
  })
})
