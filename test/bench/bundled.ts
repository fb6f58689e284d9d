import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

/**
 * A module of this folder, bundled as the functions are deployed (`BUNDLING` in infra/function.ts): code in the form that it has
 * there is what has to be measured, since V8 makes another of it (docs/performance.md).
 */
export function bundled<Exports>(name: string): Exports {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'))
  const outfile = join(folder, 'index.js')
  try {
    buildSync({
      entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node24',
      mainFields: ['module', 'main'],
      minify: true,
      keepNames: true,
      logLevel: 'warning',
    })
    return createRequire(import.meta.url)(outfile) as Exports
  } finally {
    rmSync(folder, { recursive: true })
  }
}
