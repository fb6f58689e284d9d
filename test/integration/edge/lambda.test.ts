import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { flagOf, serveDocuments } from '../../layers/edge/stage.ts'
import { type LambdaEnvironment, startLambda } from '../engines/lambda-runtime.ts'
import { compareTrace, costsOf, expectAgreement } from './explained.ts'
import { makeLayer, type Project } from './project.ts'
import { type Stage, setStage } from './stage.ts'

/** The Collector is built where no cache holds it. */
const BUILD_MS = 900_000
const PATIENCE = { timeout: 20_000, interval: 100 }
const WRAPPER = { AWS_LAMBDA_EXEC_WRAPPER: '/opt/tollgate-edge' }
/** The wrapper of the other layer stays. */
const BESIDE_A_LAYER = {
  NODE_OPTIONS: '--import /opt/tollgate/register.mjs',
  AWS_LAMBDA_EXEC_WRAPPER: '/opt/otel-handler',
}

let stage: Stage
let layer: Project
const running: LambdaEnvironment[] = []

beforeAll(async () => {
  stage = await setStage()
  layer = await makeLayer()
}, BUILD_MS)
afterEach(async () => {
  for (const one of running.splice(0)) await one.close()
})
afterAll(async () => {
  layer?.remove()
  await stage?.close()
})

/** A function of the project, with the layer. */
async function start(name: string, handler: string, environment: Readonly<Record<string, string>>) {
  const { AWS_REGION: _, ...variables } = stage.environment(name, 'collector')
  const { OTEL_SERVICE_NAME: __, OTEL_RESOURCE_ATTRIBUTES: ___, ...told } = variables
  const lambda = await startLambda({
    ...{
      name,
      code: stage.project,
      handler,
      memoryMib: 512,
      timeoutMs: 10_000,
      layers: [layer.folder, join(stage.project, 'layer')],
    },
    environment: { ...told, ...environment },
  })
  running.push(lambda)
  return lambda
}

/** As an HTTP API sends it. */
const httpEvent = (rawPath: string) => ({
  ...{ version: '2.0', rawPath, headers: {} },
  requestContext: { http: { method: 'GET' } },
})

const spansOf = (name: string) =>
  stage.spans().filter((span) => span.name === name || span.attributes['rpc.method'] !== undefined)

/** Invokes until an invocation's span has a cost; the edge fetches beside invocations, and never before an answer. */
async function untilPriced(lambda: LambdaEnvironment, name: string, event: unknown): Promise<string> {
  const seen = new Set(stage.spans().map(({ spanId }) => spanId))
  let traceId = ''
  const priced = async () => {
    await lambda.invoke(event)
    const own = spansOf(name).filter(({ spanId }) => !seen.has(spanId))
    traceId = own.find((span) => 'cost.amount' in costsOf(span))?.traceId ?? ''
    return traceId
  }
  await expect.poll(priced, PATIENCE).not.toBe('')
  return traceId
}

describe('a Lambda function without a line of code for it', () => {
  it('says on its spans that there are no prices before the first have come', async () => {
    const documents = await serveDocuments()
    documents.instead = () => {}
    const lambda = await start('early', 'lambda.handler', { ...WRAPPER, TOLLGATE_URL: documents.url })
    await lambda.invoke({ id: '7' })
    const first = () => stage.spans().find(({ name }) => name === 'early')
    await expect.poll(first, PATIENCE).toBeDefined()
    expect(costsOf(first() ?? never('no span'))).toEqual({ 'cost.error': expect.stringMatching(/^no-book:/) })
    documents.close()
  })

  it('has costs on the spans of its invocations, by the layer as its wrapper', async () => {
    const lambda = await start('zero-code', 'lambda.handler', WRAPPER)
    expect(await lambda.invoke({ id: '7' })).toMatchObject({ ok: true, answer: { id: '7', total: '12.50' } })
    const compared = await compareTrace(stage, await untilPriced(lambda, 'zero-code', { id: '7' }), 1)
    expectAgreement(compared)
    expect(compared[0]?.explained).toMatchObject({ charged: true, rule: 'entry' })
    const [{ attributes } = never('no span')] = stage.spans().filter(({ name }) => name === 'zero-code')
    expect(attributes).toMatchObject({ 'faas.coldstart': true, 'faas.invocation_id': expect.any(String) })
    expect(lambda.log()).not.toMatch(/error/i)
  })

  it('asks for what is due after a freeze, beside an invocation', async () => {
    const documents = await serveDocuments()
    const told = { ...WRAPPER, TOLLGATE_URL: documents.url, TOLLGATE_GATE: 'on' }
    const lambda = await start('frozen', 'lambda.handler', told)
    const asked = () => documents.asked.filter((path) => path === '/v1/flags').length
    await untilPriced(lambda, 'frozen', { id: '1' })
    expect(asked(), 'flags for a function that has had no request to judge').toBe(0)
    const heard = async () => {
      await lambda.invoke(httpEvent('/orders/1'))
      return asked()
    }
    await expect.poll(heard, PATIENCE).toBe(1)
    await pause(2_500)
    const before = asked()
    await lambda.invoke(httpEvent('/orders/2'))
    await lambda.invoke(httpEvent('/orders/3'))
    await expect.poll(asked, PATIENCE).toBe(before + 1)
    documents.close()
  })

  it('honours its flag with TOLLGATE_GATE, where the event is an HTTP request', async () => {
    const documents = await serveDocuments([flagOf('gated', 0)])
    const told = { ...WRAPPER, TOLLGATE_URL: documents.url, TOLLGATE_GATE: 'on' }
    const lambda = await start('gated', 'lambda.handler', told)
    const answerTo = async (event: unknown) => {
      const invoked = await lambda.invoke(event)
      return invoked.ok ? invoked.answer : invoked.error
    }
    const refused = { statusCode: 429, headers: { 'x-tollgate-reason': 'burns 12 times its pace' } }
    await expect.poll(() => answerTo(httpEvent('/orders/7')), PATIENCE).toMatchObject(refused)
    expect(await answerTo({ id: '7' })).toEqual({ id: '7', total: '12.50' })
    documents.close()
  })

  it('answers, and fails, as it did before', async () => {
    const lambda = await start('failing', 'lambda.failing', WRAPPER)
    const failed = await lambda.invoke({})
    expect(failed).toMatchObject({ ok: false, error: { errorType: 'TypeError', errorMessage: 'no such order' } })
    await expect.poll(() => spansOf('failing').length, PATIENCE).toBe(1)
  })

  it('answers where neither Tollgate nor the Collector does', async () => {
    const nowhere = {
      TOLLGATE_URL: 'http://127.0.0.1:1',
      TOLLGATE_GATE: 'on',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    }
    const lambda = await start('alone', 'lambda.handler', { ...WRAPPER, ...nowhere })
    for (const id of ['1', '2', '3']) expect(await lambda.invoke({ id })).toMatchObject({ ok: true, answer: { id } })
    expect(lambda.log().match(/out of reach/g)).toHaveLength(1)
    for (const id of ['1', '2', '3'])
      expect(await lambda.invoke(httpEvent(`/orders/${id}`))).toMatchObject({ ok: true })
    expect(lambda.log().match(/out of reach/g)).toHaveLength(2)
  })

  it('waits for a Collector that hangs once, for half a second, and not again', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening))
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    const lambda = await start('hanging', 'lambda.handler', {
      ...WRAPPER,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    })
    const [first, second] = [await lambda.invoke({ id: '1' }), await lambda.invoke({ id: '2' })]
    expect([first, second]).toMatchObject([{ ok: true }, { ok: true }])
    expect(first.durationMs).toBeLessThan(3_000)
    expect(second.durationMs).toBeLessThan(first.durationMs)
    silent.closeAllConnections()
    silent.close()
  })
})

describe('a Lambda function with Middy, and with a layer that brings an SDK', () => {
  it('has costs on its invocations and calls by NODE_OPTIONS, and the other layer its wrapper', async () => {
    const lambda = await start('with-middy', 'middy.handler', BESIDE_A_LAYER)
    const traceId = await untilPriced(lambda, 'with-middy', httpEvent('/orders/7'))
    const compared = await compareTrace(stage, traceId, 3)
    expectAgreement(compared)
    const rules = compared.filter(({ explained }) => explained.charged).map(({ explained }) => explained.rule)
    expect(rules.sort()).toEqual(['entry', 'provider-call'])
  })

  it('refuses by the line of Middy what its flag refuses', async () => {
    const documents = await serveDocuments([flagOf('flagged', 0)])
    const lambda = await start('flagged', 'middy.handler', { ...BESIDE_A_LAYER, TOLLGATE_URL: documents.url })
    const answer = async () => {
      const invoked = await lambda.invoke(httpEvent('/orders/7'))
      return invoked.ok && invoked.answer
    }
    await expect.poll(answer, PATIENCE).toMatchObject({ statusCode: 429 })
    documents.close()
  })
})

function never(why: string): never {
  throw new Error(why)
}
