/** What one order of the shop costs: 250 ms at the configuration's rate, and one PUT at the Price List's price. */
export const ORDER_USD = '0.025001'
export const RATE = { service: 'prod/shop', usdPerMs: '0.0001' }
export const PUT_USD = '0.000001'

const nanos = (ms: number): string => `${BigInt(ms) * 1_000_000n}`
const attributes = (given: Readonly<Record<string, string>>) =>
  Object.entries(given).map(([key, stringValue]) => ({ key, value: { stringValue } }))

/** An export request in OTLP's JSON: orders that ended then (epoch ms), each a server span with an S3 PUT inside. */
export function ordersRequest(orders: number, endedAtMs: number): Buffer {
  const spans = Array.from({ length: orders }, (_, order) => {
    const traceId = (order + 1).toString(16).padStart(32, '0')
    const entry = { traceId, spanId: 'aaaaaaaaaaaaaaaa', startTimeUnixNano: nanos(endedAtMs - 250) }
    const put = { traceId, spanId: 'bbbbbbbbbbbbbbbb', startTimeUnixNano: nanos(endedAtMs - 100) }
    return [
      {
        ...{ ...entry, endTimeUnixNano: nanos(endedAtMs), name: 'POST /orders', kind: 2 },
        attributes: attributes({ 'http.request.method': 'POST', 'http.route': '/orders' }),
      },
      {
        ...{
          ...put,
          parentSpanId: entry.spanId,
          endTimeUnixNano: nanos(endedAtMs - 50),
          name: 'S3.PutObject',
          kind: 3,
        },
        attributes: attributes({
          'rpc.system': 'aws-api',
          'rpc.service': 'S3',
          'rpc.method': 'PutObject',
          'cloud.region': 'us-east-1',
        }),
      },
    ]
  }).flat()
  const resource = {
    attributes: attributes({
      'service.name': 'shop',
      'deployment.environment.name': 'prod',
      'vcs.ref.head.revision': 'a1b2c3d',
    }),
  }
  return Buffer.from(
    JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'shop' }, spans }] }] }),
  )
}
