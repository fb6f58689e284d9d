import { describe, expect, it } from 'vitest'
import { sources } from '../house/sources.ts'

describe('infra', () => {
  it('imports of Tollgate nothing but itself and the configuration, and no SDK', () => {
    const imported = sources(['infra'], '.ts').flatMap(({ text }) =>
      [...text.matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g)].map(([, from, dynamic]) => from ?? dynamic ?? ''),
    )
    const foreign = imported.filter((from) => !/^(\.\/|aws-cdk-lib(\/|$)|constructs$|cdk-nag$|zod$|node:)/.test(from))
    expect([...new Set(foreign)]).toEqual(['../layers/core/configuration.ts'])
  })
})
