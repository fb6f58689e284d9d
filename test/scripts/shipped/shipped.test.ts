import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Metafile } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shippedAdvisories } from '../../../scripts/shipped/advisories.ts'
import { unlicensed } from '../../../scripts/shipped/licences.ts'
import { NoLicenceText, noticesOf } from '../../../scripts/shipped/notices.ts'
import { shippedPackages } from '../../../scripts/shipped/packages.ts'

const FILES: Readonly<Record<string, string>> = {
  'node_modules/mild/package.json': '{"name":"mild","version":"1.0.0","license":"MIT"}',
  'node_modules/mild/LICENSE.md': 'Copyright Mild',
  // A package.json that only says which kind of module its folder has.
  'node_modules/mild/esm/package.json': '{"type":"module"}',
  'node_modules/@s/noted/package.json': '{"name":"@s/noted","version":"2.0.0","license":"Apache-2.0"}',
  'node_modules/@s/noted/LICENSE': 'Apache text',
  'node_modules/@s/noted/NOTICE': 'By Noted',
  'node_modules/@s/noted/node_modules/mild/package.json': '{"name":"mild","version":"0.9.0","license":"MIT"}',
  'node_modules/@s/noted/node_modules/mild/LICENSE': 'Copyright Mild',
  'node_modules/strict/package.json': '{"name":"strict","version":"3.0.0","license":"GPL-3.0"}',
  'node_modules/silent/package.json': '{"name":"silent","version":"4.0.0","license":{"type":"MIT"}}',
}

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tollgate-shipped-'))
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
})
afterAll(() => rmSync(root, { recursive: true }))

/** A bundle with so many bytes of these files. */
const metafileOf = (bytes: Readonly<Record<string, number>>): Metafile => ({
  inputs: {},
  outputs: {
    'bundle.js': {
      ...{ bytes: 0, imports: [], exports: [] },
      inputs: Object.fromEntries(Object.entries(bytes).map(([file, bytesInOutput]) => [file, { bytesInOutput }])),
    },
  },
})

const shipped = (...files: readonly string[]) =>
  shippedPackages([metafileOf(Object.fromEntries(files.map((file) => [file, 10])))], root)

describe('the packages of a bundle', () => {
  it('are those that have code in it, each version once, and not ours', () => {
    const first = metafileOf({ 'cli/own.ts': 9, 'node_modules/mild/esm/a.js': 5, 'node_modules/strict/b.js': 0 })
    const second = metafileOf({ 'node_modules/mild/c.js': 5, 'node_modules/@s/noted/node_modules/mild/d.js': 1 })
    expect(shippedPackages([first, second], root).map(({ name, version }) => `${name} ${version}`)).toEqual([
      'mild 0.9.0',
      'mild 1.0.0',
    ])
  })

  it('are named where their licence is not allowed, or nothing says which it is', () => {
    const files = ['node_modules/mild/a.js', 'node_modules/strict/b.js', 'node_modules/silent/c.js']
    expect(unlicensed(shipped(...files))).toEqual(['silent@4.0.0: no licence', 'strict@3.0.0: GPL-3.0'])
  })

  it('pass on their licences and notices, each text once, under the names of all that have it', () => {
    const files = ['mild/a.js', '@s/noted/b.js', '@s/noted/node_modules/mild/c.js'].map(
      (file) => `node_modules/${file}`,
    )
    const notices = noticesOf(shipped(...files))
    expect(notices.split(`\n${'-'.repeat(80)}\n\n`).slice(1)).toEqual([
      '@s/noted@2.0.0 (Apache-2.0)\n\nApache text\n\nBy Noted\n',
      'mild@0.9.0 (MIT)\nmild@1.0.0 (MIT)\n\nCopyright Mild\n',
    ])
    expect(() => noticesOf(shipped('node_modules/strict/b.js'))).toThrow(NoLicenceText)
  })
})

describe('advisories', () => {
  it('count where they are about what is deployed, or about what a bundle has code of, and nowhere else', () => {
    const about = (name: string, severity: string) => ({ [name]: { severity, nodes: [`node_modules/${name}`] } })
    const vulnerabilities = { ...about('deployed', 'low'), ...about('bundled', 'high'), ...about('tool', 'critical') }
    const packages = {
      'node_modules/deployed': {},
      'node_modules/bundled': { dev: true },
      'node_modules/tool': { dev: true },
    }
    expect(shippedAdvisories({ vulnerabilities }, { packages }, new Set(['bundled']))).toEqual([
      { name: 'deployed', severity: 'low' },
      { name: 'bundled', severity: 'high' },
    ])
  })
})
