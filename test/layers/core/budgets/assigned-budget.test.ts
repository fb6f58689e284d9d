import { describe, expect, it } from 'vitest'
import { budgetFor } from '../../../../layers/core/budgets/assigned-budget.ts'
import { configurationSchema } from '../../../../layers/core/configuration.ts'

const limitOf = (service: string, configuration: object): string =>
  budgetFor(service, configurationSchema.parse(configuration)).limitUsd

const FILE = {
  teams: [
    { team: 'payments', services: ['prod/shop/pay*', '*/ledger'] },
    { team: 'shop', services: ['prod/shop/*'] },
  ],
  budgets: [
    { service: 'prod/shop/checkout', limitUsd: '1' },
    { team: 'payments', limitUsd: '2' },
    { team: 'shop', limitUsd: '3' },
    { environment: 'prod', limitUsd: '4' },
    { service: 'staging/*', limitUsd: '5' },
  ],
  defaultBudget: { service: '*', limitUsd: '6' },
}

describe('the budget of a service', () => {
  it.each([
    ['prod/shop/checkout', '1', 'its own'],
    ['prod/shop/pay-out', '2', "its team's"],
    ['prod/ledger', '2', "its team's, whatever its environment"],
    ['prod/shop/cart', '3', "its team's, where another team's pattern does not name it first"],
    ['prod/search', '4', "its environment's"],
    ['production/search', '6', 'the default: an environment is a whole name'],
    ['staging/search', '5', 'that of its pattern'],
    ['search', '6', 'the default'],
  ])('%s has %s: %s', (service, limit) => {
    expect(limitOf(service, FILE)).toBe(limit)
  })

  it('is that of the first one that names it', () => {
    expect(limitOf('prod/shop/cart', { ...FILE, budgets: [...FILE.budgets].reverse() })).toBe('4')
  })
})

describe('a budget file', () => {
  const faultsOf = (configuration: object): string =>
    configurationSchema
      .safeParse(configuration)
      .error?.issues.map(({ message }) => message)
      .join() ?? ''

  it.each([
    [{ budgets: [{ limitUsd: '1' }] }, 'say whose budget it is with one of'],
    [{ budgets: [{ service: 'a', team: 'b' }], teams: [{ team: 'b', services: ['c'] }] }, 'say whose budget it is'],
    [{ budgets: [{ team: 'payment' }], teams: [{ team: 'payments', services: ['c'] }] }, 'there are payments'],
    [{ budgets: [{ service: 'a', exempt: ['/healthz'] }] }, 'write a method (or *) and a path'],
    [{ budgets: [{ service: 'a', exempt: ['GET /a/../b'] }] }, 'write a plain path'],
    [{ budgets: [{ service: 'a', limitUsd: '1e3' }] }, 'write it as "500" or "12.50"'],
  ])('%j is refused: %s', (configuration, says) => {
    expect(faultsOf(configuration)).toContain(says)
  })
})
