import { describe, expect, it } from 'vitest'
import { drawAnswer } from '../../../cli/demo/answer.ts'
import type { DemoReport } from '../../../cli/demo/demo-report.ts'

const service = (name: string, usd: string) => ({
  ...{ service: name, usd, commits: [{ commit: 'a1b2c3d', usd }] },
  operations: [{ operation: 'GET /x', spans: 1, usd }],
})
const REPORT: DemoReport = {
  spans: { received: 4, booked: 1, uncharged: 0, parked: 3, deadLettered: 0 },
  uncharged: [],
  totalUsd: '0.5',
  services: [service('shop/cart', '0.5'), service('shop/mail', '0'), service('shop/stock', '0')],
  parked: [
    { sku: 'rate/shop/mail/*', quantity: '1000000', spans: 2 },
    { sku: 'model/acme/large/input-token', quantity: '7', spans: 1 },
  ],
  ...{ deadLetters: [], flags: [], alerts: [], gate: [] },
}
const drawn = (over: Partial<DemoReport> = {}) => drawAnswer({ ...REPORT, ...over }, false).join('\n')

describe("the demo's answer", () => {
  it('ranks the services that cost something, and counts those that do not', () => {
    expect(drawn()).toContain('$0.5        shop/cart')
    expect(drawn()).not.toContain('$0 ')
    expect(drawn()).toContain('and 2 services without a cost so far')
    expect(drawn({ services: [service('shop/mail', '0')] })).toContain(
      'Nothing was spent: 1 service without a cost so far.',
    )
  })

  it('stays within 80 columns, however long the name of an operation', () => {
    const operations = [{ operation: 'chat anthropic.claude-3-7-sonnet-20250219-v1:0', spans: 1, usd: '0.5' }]
    const long = drawn({ services: [{ ...service('shop/cart', '0.5'), operations }] })
    expect(long.replaceAll(/\s+/g, ' ')).toContain('most of it: a1b2c3d chat anthropic.claude-3-7-sonnet-20250219-v1:0')
    expect(Math.max(...long.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('names the line of configuration that prices what is parked, where there is one', () => {
    expect(drawn()).toContain(`\
  parked until it has a price: rate/shop/mail/* (2 spans)
    in the configuration: "rates": [{ "service": "shop/mail", "usdPerMs":
                          "0.0000021" }]
  parked until it has a price: model/acme/large/input-token (1 span)
`)
  })
})
