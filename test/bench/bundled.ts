import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { BUNDLE_OPTIONS } from '../../infra/bundle-options.ts'

/**
 * Bundles a module of this folder as the functions are deployed (infra/bundle-options.ts) and hands over the file, which is
 * gone afterwards: code in the form that it has there is what has to be measured, since V8 makes another of it
 * (docs/performance.md).
 */
export function inBundle<Answer>(name: string, use: (file: string) => Answer): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'))
  const outfile = join(folder, 'index.js')
  try {
    buildSync({
      entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
      outfile,
      bundle: true,
      platform: 'node',
      ...BUNDLE_OPTIONS,
      mainFields: [...BUNDLE_OPTIONS.mainFields],
      logLevel: 'warning',
    })
    return use(outfile)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What such a module exports, loaded into this process. */
export const bundled = <Exports>(name: string): Exports =>
  inBundle(name, (file) => createRequire(import.meta.url)(file) as Exports)
