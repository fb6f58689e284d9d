import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { App } from 'aws-cdk-lib'
import { CONFIGURATIONS } from './cfn/configurations.ts'
import { pythonPackage, run } from './cfn/python-package.ts'
import { writeAssembly } from './releases/data-assembly.ts'

/**
 * Holds both stacks, for each way in, to the rules of cdk-preflight: each is a deploy that AWS refused in somebody's account although
 * template and schema were right. It is TypeScript, and its newest release is on PyPI, for the CDK of Python; fetched from there
 * into .cache/. Needs Python 3 and tar. Exit code 1 on any finding. `npm run check:preflight`.
 */
const VERSION = '1.9.1'

/** Rules that AWS has overtaken. */
const OVERTAKEN: Readonly<Record<string, string>> = {
  'pf-lambda-esm-bisect-batch-stream-only':
    'Kafka in provisioned mode, too (Lambda API reference, CreateEventSourceMapping, BisectBatchOnFunctionError)',
  'pf-lambda-layer-compatible-runtimes-enum': 'its list of runtimes ends before nodejs24.x',
}

interface Rules {
  readonly Preflight: {
    apply(app: App, options: { readonly exclude: readonly string[] }): void
    ruleIds(): readonly string[]
  }
}

/** Under the repository, so that it finds the CDK that is installed here. */
function unpacked(): string {
  const folder = pythonPackage('cdk-preflight', VERSION, ['--no-deps'])
  const entry = join(folder, 'package/lib/index.js')
  if (existsSync(entry)) return entry
  const archive = join(folder, `cdk_preflight/_jsii/cdk-preflight@${VERSION}.jsii.tgz`)
  if (run('tar', ['-xzf', archive, '-C', folder]) !== 0) throw new Error(`${archive} could not be unpacked`)
  return entry
}

const { Preflight }: Rules = await import(pathToFileURL(unpacked()).href)
const exclude = Object.keys(OVERTAKEN)
const folder = mkdtempSync(join(tmpdir(), 'tollgate-preflight-'))
try {
  for (const [name, configuration] of Object.entries(CONFIGURATIONS)) {
    writeAssembly(join(folder, name), configuration, (app) => Preflight.apply(app, { exclude }))
  }
  const [rules, ways] = [Preflight.ruleIds().length, Object.keys(CONFIGURATIONS).length]
  console.log(`cdk-preflight ${VERSION}: ${rules - exclude.length} rules, ${ways} configurations, no finding`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}
