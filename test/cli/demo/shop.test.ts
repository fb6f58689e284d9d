import { SpanKind } from '@opentelemetry/api'
import * as conventions from '@opentelemetry/semantic-conventions/incubating'
import { describe, expect, it } from 'vitest'
import type { PlannedSpan } from '../../../cli/demo/planned-span.ts'
import { createRandom } from '../../../cli/demo/random.ts'
import { REQUEST_KINDS, type RequestKind } from '../../../cli/demo/scenario.ts'
import { SERVICE_NAMES, SERVICES, type ServiceName } from '../../../cli/demo/services.ts'
import { visitShop } from '../../../cli/demo/shop.ts'

const START_US = Date.UTC(2026, 10, 23, 8) * 1_000

function visit(kind: RequestKind, settings: { refuses?: ServiceName; modelAttempts?: number; index?: number } = {}) {
  const asked: ServiceName[] = []
  const root = visitShop(
    kind,
    {
      random: createRandom(7, 0, settings.index ?? 0),
      modelAttempts: settings.modelAttempts ?? 1,
      admit: (service) => {
        asked.push(service)
        return service !== settings.refuses
      },
    },
    START_US,
  )
  return { root, spans: root === undefined ? [] : flatten(root), asked }
}

const flatten = (span: PlannedSpan): PlannedSpan[] => [span, ...span.children.flatMap(flatten)]
const servicesOf = (spans: readonly PlannedSpan[]) => new Set(spans.map((span) => span.service))
const named = (spans: readonly PlannedSpan[], name: RegExp) => spans.filter((span) => name.test(span.name))

function only(spans: readonly PlannedSpan[]): PlannedSpan {
  const [span, ...more] = spans
  if (span === undefined || more.length > 0) throw new Error(`expected one span, got ${spans.length}`)
  return span
}

const server = (spans: readonly PlannedSpan[], service: ServiceName) =>
  only(spans.filter((span) => span.service === service && span.kind === SpanKind.SERVER))
const durationUs = (span: PlannedSpan) => span.endUs - span.startUs

describe('a visit to the shop', () => {
  it('goes through the services that its kind needs', () => {
    const services = REQUEST_KINDS.map((kind) => [...servicesOf(visit(kind).spans)])
    expect(services).toEqual([
      ['storefront', 'catalog', 'recommend'],
      ['storefront', 'catalog'],
      ['storefront', 'checkout', 'orders'],
      ['storefront', 'orders'],
    ])
  })

  it('asks the gate once before each service, the front door first', () => {
    expect(visit('checkout').asked).toEqual(['storefront', 'checkout', 'orders'])
    expect(visit('home').asked).toEqual(['storefront', 'catalog', 'recommend'])
  })

  it.each(REQUEST_KINDS)('nests every span of a %s request inside its parent', (kind) => {
    for (let index = 0; index < 100; index++) {
      for (const span of visit(kind, { index }).spans) {
        expect(span.endUs).toBeGreaterThan(span.startUs)
        expect(Number.isSafeInteger(span.startUs) && Number.isSafeInteger(span.endUs)).toBe(true)
        for (const child of span.children) {
          expect(child.startUs).toBeGreaterThanOrEqual(span.startUs)
          expect(child.endUs).toBeLessThanOrEqual(span.endUs)
        }
      }
    }
  })

  it('has one SERVER span with an HTTP method for each service it reaches, and a CLIENT span above each but the first', () => {
    for (const kind of REQUEST_KINDS) {
      const { spans } = visit(kind)
      for (const service of servicesOf(spans)) {
        expect(server(spans, service).attributes['http.request.method']).toMatch(/^(GET|POST)$/)
      }
      const remote = spans.flatMap((span) =>
        span.children.filter((child) => child.service !== span.service).map((child) => [span.kind, child.kind]),
      )
      expect(remote).toHaveLength(servicesOf(spans).size - 1)
      for (const kinds of remote) expect(kinds).toEqual([SpanKind.CLIENT, SpanKind.SERVER])
    }
  })
})

describe('the attributes', () => {
  const everything = REQUEST_KINDS.flatMap((kind) => visit(kind).spans)

  it('are all names of the semantic conventions, on spans and on resources', () => {
    // The demo follows 1.44; 1.45, the installed registry, renames this one to `faas.invocation.id`.
    const registry = new Set<unknown>([...Object.values(conventions), 'faas.invocation_id'])
    const keys = [
      ...everything.flatMap((span) => Object.keys(span.attributes)),
      ...SERVICE_NAMES.flatMap((name) => Object.keys(SERVICES[name].resource)),
    ]
    expect([...new Set(keys)].filter((key) => !registry.has(key))).toEqual([])
  })

  it("make each service's identity", () => {
    for (const name of SERVICE_NAMES) {
      const { resource, identity } = SERVICES[name]
      const parts = ['deployment.environment.name', 'service.namespace', 'service.name'].map((key) => resource[key])
      expect(parts.join('/')).toBe(identity)
    }
  })

  it('give functions their memory in bytes and their architecture', () => {
    expect(SERVICES.checkout.resource).toMatchObject({
      'cloud.platform': 'aws_lambda',
      'faas.name': 'shop-checkout',
      'faas.max_memory': 1_073_741_824,
      'host.arch': 'arm64',
    })
    expect(SERVICES.orders.resource).toMatchObject({ 'faas.max_memory': 536_870_912, 'host.arch': 'amd64' })
  })

  it('name a route where the service knows it, else a path with its ids', () => {
    const { spans } = visit('order-status')
    const front = server(spans, 'storefront')
    expect(front.attributes['http.route']).toBeUndefined()
    expect(front.attributes['url.path']).toMatch(/^\/api\/v2\/users\/\d+\/orders\/[0-9a-f-]{36}$/)
    expect(server(spans, 'orders').attributes['http.route']).toBe('/orders/{id}')
    expect(server(visit('product').spans, 'catalog').attributes['http.route']).toBe('/api/v1/products/{id}')
  })

  it('name a Lambda span after its function and say why it ran', () => {
    const span = server(visit('checkout').spans, 'checkout')
    expect(span.name).toBe('shop-checkout')
    expect(span.attributes).toMatchObject({ 'faas.trigger': 'http', 'http.route': '/checkout' })
    expect(span.attributes['faas.invocation_id']).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    expect(typeof span.attributes['faas.coldstart']).toBe('boolean')
  })

  it('tell what AWS calls consumed', () => {
    const put = only(named(visit('checkout').spans, /^DynamoDB\.PutItem$/))
    expect(put.kind).toBe(SpanKind.CLIENT)
    expect(put.attributes).toMatchObject({
      'rpc.system': 'aws-api',
      'rpc.service': 'DynamoDB',
      'rpc.method': 'PutItem',
      'aws.dynamodb.table_names': ['orders'],
      'aws.dynamodb.consumed_capacity': ['{"TableName":"orders","CapacityUnits":2}'],
    })
    const send = only(named(visit('checkout').spans, /^send orders-placed$/))
    expect(send.kind).toBe(SpanKind.PRODUCER)
    expect(send.attributes).toMatchObject({ 'rpc.service': 'SQS', 'messaging.system': 'aws_sqs' })
  })

  it('tell the tokens of a model call on its CLIENT span', () => {
    const call = only(named(visit('home').spans, /^chat /))
    expect(call).toMatchObject({ service: 'recommend', kind: SpanKind.CLIENT })
    expect(call.attributes).toMatchObject({
      'gen_ai.provider.name': 'aws.bedrock',
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'amazon.nova-lite-v1:0',
    })
    expect(call.attributes['gen_ai.usage.input_tokens']).toBeGreaterThanOrEqual(700)
    expect(call.attributes['gen_ai.usage.output_tokens']).toBeGreaterThanOrEqual(100)
  })
})

describe('the retry loop', () => {
  const good = visit('checkout').spans
  const bad = visit('checkout', { modelAttempts: 12 }).spans

  it('asks the model and reads the cart 12 times, and places the order once', () => {
    expect(named(bad, /^chat anthropic/)).toHaveLength(12)
    expect(named(bad, /^DynamoDB\.GetItem$/)).toHaveLength(12)
    expect(named(bad, /^DynamoDB\.PutItem$/)).toHaveLength(1)
    expect(named(good, /^chat anthropic/)).toHaveLength(1)
  })

  it('makes the invocation more than twelve times as long, within what Lambda allows', () => {
    const before = durationUs(server(good, 'checkout'))
    const after = durationUs(server(bad, 'checkout'))
    expect(after).toBeGreaterThan(12 * before)
    expect(after).toBeLessThan(15 * 60e6)
  })

  it("costs the storefront no more than its time-out: it answers 202, which is no front door's error", () => {
    const front = server(bad, 'storefront')
    expect(front).toMatchObject({ failed: false })
    expect(front.attributes['http.response.status_code']).toBe(202)
    expect(durationUs(front)).toBeLessThan(2 * durationUs(server(good, 'storefront')) + 100_000)
    const call = only(bad.filter((span) => span.service === 'storefront' && span.kind === SpanKind.CLIENT))
    expect(call).toMatchObject({ failed: true })
    expect(call.attributes).toMatchObject({ 'error.type': 'timeout' })
    expect(call.attributes['http.response.status_code']).toBeUndefined()
    expect(call.endUs).toBeLessThan(server(bad, 'checkout').endUs)
  })
})

describe('a refusal by the gate', () => {
  it('before checkout stops checkout and everything below it', () => {
    const { spans, asked } = visit('checkout', { refuses: 'checkout', modelAttempts: 12 })
    expect(servicesOf(spans)).toEqual(new Set(['storefront']))
    expect(asked).toEqual(['storefront', 'checkout'])
    const call = only(spans.filter((span) => span.kind === SpanKind.CLIENT))
    expect(call.failed).toBe(true)
    expect(call.attributes).toMatchObject({ 'http.response.status_code': 429, 'error.type': '429' })
    const front = server(spans, 'storefront')
    expect(front.failed).toBe(true)
    expect(front.attributes['http.response.status_code']).toBe(503)
  })

  it('before orders is not retried by checkout', () => {
    const { spans, asked } = visit('checkout', { refuses: 'orders', modelAttempts: 3 })
    expect(asked).toEqual(['storefront', 'checkout', 'orders'])
    expect(servicesOf(spans)).toEqual(new Set(['storefront', 'checkout']))
    expect(server(spans, 'checkout').attributes['http.response.status_code']).toBe(503)
  })

  it('before recommend leaves a home page without suggestions', () => {
    const { spans } = visit('home', { refuses: 'recommend' })
    expect(servicesOf(spans)).toEqual(new Set(['storefront', 'catalog']))
    expect(server(spans, 'storefront').attributes['http.response.status_code']).toBe(200)
  })

  it('before the front door leaves nothing at all', () => {
    expect(visit('checkout', { refuses: 'storefront' })).toEqual({ root: undefined, spans: [], asked: ['storefront'] })
  })

  it('changes no number of the request that it does not reach', () => {
    const admitted = server(visit('home').spans, 'catalog')
    const refused = server(visit('home', { refuses: 'recommend' }).spans, 'catalog')
    expect(refused).toEqual(admitted)
  })
})
