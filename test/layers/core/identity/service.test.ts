import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { environmentOf, serviceIdentity } from '../../../../layers/core/identity/service.ts'

const NEW = 'deployment.environment.name'
const OLD = 'deployment.environment'

describe('serviceIdentity', () => {
  it.each([
    ['name alone', { 'service.name': 'checkout' }, 'checkout', ''],
    ['environment before the name', { 'service.name': 'checkout', [NEW]: 'prod' }, 'prod/checkout', 'prod'],
    ['the older environment name', { 'service.name': 'checkout', [OLD]: 'prod' }, 'prod/checkout', 'prod'],
    ['the newer name wins', { 'service.name': 'a', [OLD]: 'old', [NEW]: 'new' }, 'new/a', 'new'],
    ['an empty newer name does not', { 'service.name': 'a', [OLD]: 'old', [NEW]: '' }, 'old/a', 'old'],
    ['all three', { 'service.name': 'a', 'service.namespace': 'shop', [NEW]: 'prod' }, 'prod/shop/a', 'prod'],
    ['no name', {}, 'unknown_service', ''],
    ['an empty name', { 'service.name': '', [NEW]: 'prod' }, 'prod/unknown_service', 'prod'],
    ['a number as name', { 'service.name': 7 }, '7', ''],
    ['a list as name', { 'service.name': ['a'] }, 'unknown_service', ''],
    ['the separator of row names', { 'service.name': 'a#b\n\u0000c' }, 'a_b__c', ''],
    ['a slash in the name', { 'service.name': 'a/b', [NEW]: 'prod' }, 'prod/a/b', 'prod'],
    [
      'a slash in what stands before it',
      { 'service.name': 'a', 'service.namespace': 'x/y', [NEW]: 'p/q' },
      'p_q/x_y/a',
      'p_q',
    ],
    ['half a surrogate pair', { 'service.name': 'a\ud83d' }, 'a\ufffd', ''],
  ])('%s', (_, attributes, service, environment) => {
    expect(serviceIdentity(attributes)).toEqual({ service, environment })
  })

  it('cuts a part of more than 100 characters and keeps those that begin alike apart', () => {
    const of = (name: string) => serviceIdentity({ 'service.name': name }).service
    expect(of('x'.repeat(100))).toBe('x'.repeat(100))
    expect(of(`${'x'.repeat(100)}1`)).toMatch(/^x{91}~[0-9a-z]{8}$/)
    expect(of(`${'x'.repeat(100)}1`)).not.toBe(of(`${'x'.repeat(100)}2`))
  })

  it('is short, well-formed, without # and control characters for any text', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'binary' }), (name, environment) => {
        const { service } = serviceIdentity({ 'service.name': name, 'service.namespace': name, [NEW]: environment })
        expect(service.length).toBeGreaterThan(0)
        expect(service.length).toBeLessThanOrEqual(302)
        expect(service.isWellFormed()).toBe(true)
        expect(service).not.toMatch(/[\p{Cc}#]/u)
      }),
    ))
})

describe('environmentOf', () => {
  it.each([
    ['prod/shop/checkout', 'prod'],
    ['prod/checkout', 'prod'],
    ['checkout', ''],
    ['', ''],
  ])('of %s is "%s"', (service, environment) => {
    expect(environmentOf(service)).toBe(environment)
  })
})
