import { describe, expect, it } from 'vitest'
import { isExempt } from '../../../../layers/core/flags/exemption.ts'
import { exemptionSchema } from '../../../../layers/core/flags/exemption-schema.ts'

const PATTERNS = ['GET /healthz', 'POST /payments/*', '* /carts/*/lock', 'get /']

describe('an exemption', () => {
  it('is written as a method and a plain path', () => {
    for (const pattern of PATTERNS) expect(exemptionSchema.parse(pattern)).toBe(pattern)
    for (const pattern of ['GET', 'GET healthz', 'GET  /a', 'GET /a b', 'GET /a?b', 'GET /%61', 'GET //a', 'G3T /a'])
      expect(exemptionSchema.safeParse(pattern).success).toBe(false)
  })

  it.each([
    ['GET', '/healthz'],
    ['get', '/healthz?verbose=1'],
    ['POST', '/payments/7'],
    ['POST', '/payments/7/confirm'],
    ['PUT', '/carts/9f/lock'],
    ['GET', '/'],
    ['POST', '/payments/caf%C3%A9'],
  ])('holds for %s %s', (method, path) => {
    expect(isExempt({ method, path }, PATTERNS)).toBe(true)
  })

  it.each([
    ['POST', '/healthz', 'another method'],
    ['GET', '/healthz/deep', 'another path'],
    ['POST', '/payments', 'nothing behind it'],
    ['PUT', '/carts/9f/8/lock', 'a star is one segment'],
    ['POST', '/payments/../search', 'another path once it is normalized'],
    ['POST', '/payments/%2e%2E/search', 'so, too, encoded'],
    ['POST', '/payments/..%2fsearch', 'with the slash encoded'],
    ['POST', '/payments/%252e%252e/search', 'encoded twice'],
    ['POST', '/payments/..;/search', 'with parameters, as servlets read them'],
    ['POST', '/payments/..\\search', 'with a backslash'],
    ['POST', '//payments/7', 'an empty segment'],
    ['POST', `/payments/${'a'.repeat(2000)}`, 'longer than anything exempt'],
    ['POST', 'http://elsewhere/payments/7', 'no path'],
  ])('does not hold for %s %s: %s', (method, path) => {
    expect(isExempt({ method, path }, PATTERNS)).toBe(false)
  })
})
