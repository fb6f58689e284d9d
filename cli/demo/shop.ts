import { type HttpRequest, lambdaInvocation } from './conventions.ts'
import { callHttp, type Reply, serve, type Visit } from './http-call.ts'
import { dynamodbSpan, modelSpan, type PlannedSpan, sqlSpan, sqsSpan } from './planned-span.ts'
import type { Random } from './random.ts'
import type { RequestKind } from './scenario.ts'

/** The model that suggests products: small and cheap. */
const SUGGESTING_MODEL = 'amazon.nova-lite-v1:0'
/** The model that judges orders: where `checkout`'s money goes. */
const FRAUD_MODEL = 'anthropic.claude-3-7-sonnet-20250219-v1:0'
/** The storefront stops waiting for `checkout` and promises the confirmation by mail; `checkout` works on. */
const CHECKOUT_TIMEOUT_US = 600_000
/** A retry waits this long at first and twice as long each time, up to the longest. */
const RETRY_WAIT_US = 50_000
const LONGEST_RETRY_WAIT_US = 200_000
/** One invocation in so many is a cold start. */
const COLD_START_EVERY = 50

/**
 * One request of the world, from the front door to the last AWS call, as a tree of spans whose root starts at `startUs`
 * (microseconds since the epoch). Undefined: the gate before the front door refused it, and nothing happened.
 */
export function visitShop(kind: RequestKind, visit: Visit, startUs: number): PlannedSpan | undefined {
  if (!visit.admit('storefront')) return undefined
  return VISITS[kind](visit, startUs)
}

const VISITS: { readonly [kind in RequestKind]: (visit: Visit, startUs: number) => PlannedSpan } = {
  home: (visit, startUs) => {
    const catalog = callCatalog(visit, '/api/v1/products', '/api/v1/products', startUs + 4_000)
    const recommend = callRecommend(visit, catalog.endUs + 1_000)
    // Without suggestions there still is a home page.
    return page({ method: 'GET', path: '/', route: '/' }, startUs, [catalog, recommend], statusAfter(catalog))
  },
  product: (visit, startUs) => {
    const id = visit.random.between(1_000, 9_999)
    const catalog = callCatalog(visit, `/api/v1/products/${id}`, '/api/v1/products/{id}', startUs + 3_000)
    return page(unrouted('GET', `/products/${id}`), startUs, [catalog], statusAfter(catalog))
  },
  checkout: (visit, startUs) => {
    const checkout = callCheckout(visit, startUs + 5_000)
    return page(unrouted('POST', '/checkout'), startUs, [checkout], statusAfter(checkout))
  },
  'order-status': (visit, startUs) => {
    const user = visit.random.between(1, 5_000)
    const order = uuid(visit.random)
    const orders = callOrders(visit, 'storefront', getOrder(order), startUs + 3_000)
    return page(unrouted('GET', `/api/v2/users/${user}/orders/${order}`), startUs, [orders], statusAfter(orders))
  },
}

/** The storefront knows no routes but its home page: its spans carry paths with ids in them. */
const unrouted = (method: 'GET' | 'POST', path: string): HttpRequest => ({ method, path, route: undefined })

const getOrder = (order: string): HttpRequest => ({ method: 'GET', path: `/orders/${order}`, route: '/orders/{id}' })

/** A promise (202) where the callee is still at it, an error where it refused or failed. */
function statusAfter(reply: Reply): number {
  if (reply.status === undefined) return 202
  return reply.status >= 400 ? 503 : 200
}

function page(request: HttpRequest, startUs: number, calls: readonly Reply[], status: number): PlannedSpan {
  const last = calls.reduce((endUs, call) => Math.max(endUs, call.endUs), startUs)
  return serve('storefront', request, startUs, {
    endUs: last + 2_000,
    status,
    children: calls.map((call) => call.span),
  })
}

/** `catalog` costs the same whatever is asked of it: about 35 ms, most of them in its database. */
function callCatalog(visit: Visit, path: string, route: string, startUs: number): Reply {
  const request: HttpRequest = { method: 'GET', path, route }
  return callHttp(visit, { caller: 'storefront', callee: 'catalog', request, startUs }, (at) => {
    const durationUs = visit.random.between(20_000, 36_000)
    const query = sqlSpan({ service: 'catalog', startUs: at + 3_000, durationUs }, 'products')
    return {
      server: serve('catalog', request, at, { endUs: query.endUs + 4_000, status: 200, children: [query] }),
      status: 200,
    }
  })
}

function callRecommend(visit: Visit, startUs: number): Reply {
  const request: HttpRequest = { method: 'GET', path: '/suggestions', route: '/suggestions' }
  return callHttp(visit, { caller: 'storefront', callee: 'recommend', request, startUs }, (at) => {
    const { random } = visit
    const timing = { service: 'recommend', startUs: at + 4_000, durationUs: random.between(140_000, 220_000) } as const
    const model = modelSpan(timing, SUGGESTING_MODEL, random.between(700, 900), random.between(100, 140))
    return {
      server: serve('recommend', request, at, { endUs: model.endUs + 6_000, status: 200, children: [model] }),
      status: 200,
    }
  })
}

function callCheckout(visit: Visit, startUs: number): Reply {
  const request: HttpRequest = { method: 'POST', path: '/checkout', route: '/checkout' }
  const answer = (at: number) => {
    const judged = judgeOrder(visit, at + 5_000)
    const place: HttpRequest = { method: 'POST', path: '/orders', route: '/orders' }
    const orders = callOrders(visit, 'checkout', place, judged.endUs + 2_000)
    // A refusal by `orders` is not retried: the order fails, and the shopper may come back.
    const status = orders.status === 200 ? 200 : 503
    const work = { endUs: orders.endUs + 4_000, status, children: [...judged.spans, orders.span] }
    return { server: serve('checkout', request, at, work, invocation(visit.random, 'shop-checkout')), status }
  }
  const call = { caller: 'storefront', callee: 'checkout', request, startUs, timeoutUs: CHECKOUT_TIMEOUT_US } as const
  return callHttp(visit, call, answer)
}

/** Reads the cart and asks the model whether the order is fraud, as often as the release does; waits in between. */
function judgeOrder(visit: Visit, startUs: number): { readonly spans: readonly PlannedSpan[]; readonly endUs: number } {
  const { random } = visit
  const spans: PlannedSpan[] = []
  let atUs = startUs
  for (let attempt = 1; attempt <= visit.modelAttempts; attempt++) {
    if (attempt > 1) atUs += Math.min(RETRY_WAIT_US * 2 ** (attempt - 2), LONGEST_RETRY_WAIT_US)
    const read = { service: 'checkout', startUs: atUs, durationUs: random.between(4_000, 8_000) } as const
    const cart = dynamodbSpan(read, 'GetItem', 'carts', 0.5)
    const ask = {
      service: 'checkout',
      startUs: cart.endUs + 1_000,
      durationUs: random.between(150_000, 210_000),
    } as const
    const verdict = modelSpan(ask, FRAUD_MODEL, random.between(1_500, 1_700), random.between(190, 230))
    spans.push(cart, verdict)
    atUs = verdict.endUs
  }
  return { spans, endUs: atUs }
}

function callOrders(visit: Visit, caller: 'storefront' | 'checkout', request: HttpRequest, startUs: number): Reply {
  return callHttp(visit, { caller, callee: 'orders', request, startUs }, (at) => {
    const spans = caller === 'checkout' ? placeOrder(visit.random, at + 3_000) : [readOrder(visit.random, at + 3_000)]
    const endUs = spans.reduce((latest, span) => Math.max(latest, span.endUs), at) + 5_000
    const work = { endUs, status: 200, children: spans }
    return { server: serve('orders', request, at, work, invocation(visit.random, 'shop-orders')), status: 200 }
  })
}

function readOrder(random: Random, startUs: number): PlannedSpan {
  return dynamodbSpan(
    { service: 'orders', startUs, durationUs: random.between(4_000, 9_000) },
    'GetItem',
    'orders',
    0.5,
  )
}

function placeOrder(random: Random, startUs: number): readonly PlannedSpan[] {
  const put = { service: 'orders', startUs, durationUs: random.between(7_000, 12_000) } as const
  const order = dynamodbSpan(put, 'PutItem', 'orders', 2)
  const send = { service: 'orders', startUs: order.endUs + 1_000, durationUs: random.between(8_000, 14_000) } as const
  return [order, sqsSpan(send, 'orders-placed', random.between(900, 1_800))]
}

function invocation(random: Random, functionName: string) {
  return { functionName, invocation: lambdaInvocation(uuid(random), random.between(1, COLD_START_EVERY) === 1) }
}

/** The form of a version 4 UUID (RFC 9562). */
function uuid(random: Random): string {
  const digits = random.hex(32)
  const variant = '89ab'[random.between(0, 3)]
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join('-')
}
