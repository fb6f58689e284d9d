import { describe, expect, it } from 'vitest'
import { commitOf } from '../../../../layers/core/identity/commit.ts'

const REVISION = 'vcs.ref.head.revision'

describe('commitOf', () => {
  it.each([
    ['the revision before the version', { [REVISION]: 'a1b2c3d', 'service.version': '1.2.3' }, 'a1b2c3d'],
    ['the version where there is no revision', { 'service.version': '1.2.3' }, '1.2.3'],
    ['the version where the revision is empty', { [REVISION]: '', 'service.version': '1.2.3' }, '1.2.3'],
    ['a version sent as a number', { 'service.version': 42 }, '42'],
    ['unknown where there is neither', {}, 'unknown'],
    ['unknown where it is empty', { 'service.version': '' }, 'unknown'],
    ['no # and no control characters', { 'service.version': '1#2\t3' }, '1_2_3'],
    ['a whole SHA-256', { [REVISION]: 'f'.repeat(64) }, 'f'.repeat(64)],
  ])('%s', (_, attributes, commit) => {
    expect(commitOf(attributes)).toBe(commit)
  })

  it('cuts what is longer than 64 characters', () => {
    expect(commitOf({ 'service.version': '1'.repeat(65) })).toMatch(/^1{55}~[0-9a-z]{8}$/)
  })
})
