import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadHandler, NoHandler } from '../../../../layers/edge/lambda/load-handler.ts'

let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tollgate-handlers-'))
  mkdirSync(join(root, 'dist'))
  writeFileSync(
    join(root, 'module.mjs'),
    'export const handler = () => "module"; export const api = { get: () => "nested" }',
  )
  mkdirSync(join(root, 'node_modules', 'wrapper'), { recursive: true })
  writeFileSync(join(root, 'node_modules', 'wrapper', 'index.js'), 'exports.handler = () => "package"')
  writeFileSync(join(root, 'dist', 'common.cjs'), 'module.exports = { ["han" + "dler"]: () => "common" }')
})
afterAll(() => rmSync(root, { recursive: true }))

describe('the handler of a function', () => {
  it.each([
    ['module.handler', 'module'],
    ['module.api.get', 'nested'],
    ['dist/common.handler', 'common'],
    ['wrapper.handler', 'package'],
  ])('is found where Lambda finds it: %s', async (handler, answer) => {
    const loaded = await loadHandler(root, handler)
    expect(loaded({}, {})).toBe(answer)
  })

  it.each(['none.handler', 'module.none', 'module'])('is missed by name: %s', async (handler) => {
    await expect(loadHandler(root, handler)).rejects.toThrow(NoHandler)
  })
})
