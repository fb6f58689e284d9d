import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile } from 'esbuild'
import { BUNDLE_OPTIONS } from '../../infra/bundle-options.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What every function's bundle is made of, bundled as it is deployed; nothing is written. Throws esbuild's errors. */
export async function functionsMetafile(): Promise<Metafile> {
  const entryPoints = readdirSync(join(ROOT, 'functions'))
    .map((name) => `functions/${name}/handler.ts`)
    .filter((file) => existsSync(join(ROOT, file)))
  const { metafile } = await build({
    ...{
      entryPoints,
      absWorkingDir: ROOT,
      outdir: 'bundles',
      bundle: true,
      platform: 'node',
      write: false,
      metafile: true,
    },
    ...{ ...BUNDLE_OPTIONS, mainFields: [...BUNDLE_OPTIONS.mainFields], logLevel: 'warning' },
  })
  return metafile
}
