import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildEdge, oversized } from '../../scripts/build-edge.ts'
import type { ShippedPackage } from '../../scripts/shipped/packages.ts'

let out: string
let sizes: ReadonlyMap<string, number>
let packages: readonly ShippedPackage[]

beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), 'tollgate-edge-'))
  ;({ sizes, packages } = await buildEdge(out))
})
afterAll(() => rmSync(out, { recursive: true, force: true }))

describe('the package @tollgate/edge', () => {
  it('keeps its budgets', () => {
    expect(oversized(sizes)).toEqual([])
    expect(oversized(new Map([['process-edge.mjs', 1e6]]))).toHaveLength(1)
  })

  it('needs nothing that is not in it or in Node', () => {
    for (const name of sizes.keys()) {
      const code = readFileSync(join(out, name), 'utf8')
      const imported = code.matchAll(/(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*"([^"\n]{1,80})"/g)
      for (const [, from = ''] of imported) expect(from).toMatch(/^(?:node:[a-z]+|\.\/[a-z-]+\.[mc]js)$/)
    }
  })

  it('has its licence with it, and that of the one package that it holds code of', () => {
    expect(packages.map(({ name, licence }) => `${name} ${licence}`)).toEqual(['zod MIT'])
    expect(readFileSync(join(out, 'LICENSE'), 'utf8')).toContain('Apache License')
    expect(readFileSync(join(out, 'THIRD-PARTY-NOTICES.txt'), 'utf8')).toMatch(
      /\nzod@.* \(MIT\)\n[\s\S]*\nCopyright .* Colin/,
    )
  })

  it('is one edge, whether it is imported or required', async () => {
    const required = createRequire(import.meta.url)(join(out, 'process-edge.cjs'))
    const imported = await import(/* @vite-ignore */ join(out, 'process-edge.mjs'))
    const edge = required.edge({ url: 'http://127.0.0.1:1', log: () => {} })
    expect(imported.edge()).toBe(edge)
    edge.stop()
  })
})
