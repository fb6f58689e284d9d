import { describe, expect, it } from 'vitest'
import { refusalOfEvent, requestOfEvent } from '../../../layers/edge/http-event.ts'

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const OF_A_BALANCER = { httpMethod: 'GET', path: '/cart', multiValueHeaders: { traceparent: [TRACEPARENT] } }
const refusing = { refusalOf: () => ({ status: 429, headers: { 'retry-after': '61' }, body: '{}' }) }

describe('the event of a Lambda function', () => {
  it.each([
    [
      'an HTTP API',
      { rawPath: '/cart', headers: { traceparent: TRACEPARENT }, requestContext: { http: { method: 'GET' } } },
    ],
    ['a REST API', { httpMethod: 'GET', path: '/cart', headers: { Traceparent: TRACEPARENT } }],
    ['a load balancer with multi-value headers', OF_A_BALANCER],
  ])('is the request that it carries: of %s', (_, event) => {
    expect(requestOfEvent(event)).toEqual({ method: 'GET', path: '/cart', traceparent: TRACEPARENT })
  })

  it.each([undefined, 'x', { Records: [] }, { path: '/cart' }])('is no request: %j', (event) => {
    expect(requestOfEvent(event)).toBeUndefined()
    expect(refusalOfEvent(refusing, event)).toBeUndefined()
  })

  it('is refused in the headers that its sender reads', () => {
    const refused = { statusCode: 429, headers: { 'retry-after': '61' }, body: '{}' }
    expect(refusalOfEvent(refusing, { httpMethod: 'GET', path: '/cart', headers: {} })).toEqual(refused)
    expect(refusalOfEvent(refusing, OF_A_BALANCER)).toEqual({
      ...refused,
      multiValueHeaders: { 'retry-after': ['61'] },
    })
  })
})
