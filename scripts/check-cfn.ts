import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WAYS_IN, writeAssembly } from './releases/data-assembly.ts'

/**
 * Lints the templates of both stacks, for each way in, with AWS's own cfn-lint. Needs Python 3; fetches cfn-lint from PyPI
 * into .cache/ where it is not there yet. Exit code 1 on any finding. `npm run check:cfn`.
 */
const VERSION = '1.58.0'
const CACHE = fileURLToPath(new URL('../.cache/', import.meta.url))
const REGIONS = ['us-east-1', 'eu-west-1']

/** Findings that are not ours to mend. */
const IGNORED: Readonly<Record<string, string>> = {
  W3005: 'the CDK writes a DependsOn beside references that say the same',
}

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:AmazonMSK_tollgate-AbCdEf'
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555'
const CLUSTER = 'arn:aws:kafka:eu-west-1:123456789012:cluster/shop/11111111-2222-3333-4444-555555555555-7'

const CONFIGURATIONS: Readonly<Record<string, unknown>> = {
  ...WAYS_IN,
  'express-cluster': { topic: { newCluster: { brokerType: 'express.m7g.large' } } },
  'scram-cluster': {
    topic: { clusterArn: CLUSTER, authentication: { kind: 'scram', secretArn: SECRET, keyArn: KEY } },
  },
  'serverless-cluster': { topic: { clusterArn: CLUSTER.replace(/-7$/, '-s1'), exists: true } },
}

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): number {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  if (error) throw error
  return status ?? 1
}

/** The folder with cfn-lint: whole or not there, as two runs may fetch it at once. */
function cfnLint(): string {
  const folder = join(CACHE, `cfn-lint-${VERSION}`)
  if (existsSync(folder)) return folder
  const arriving = `${folder}.${process.pid}`
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--root-user-action=ignore']
  if (run('python3', [...pip, '--target', arriving, `cfn-lint==${VERSION}`]) !== 0) throw new Error('pip failed')
  if (existsSync(folder)) rmSync(arriving, { recursive: true })
  else renameSync(arriving, folder)
  return folder
}

const linter = cfnLint()
const templates = mkdtempSync(join(tmpdir(), 'tollgate-cfn-'))
try {
  const files = Object.entries(CONFIGURATIONS).flatMap(([name, configuration]) => {
    const folder = join(templates, name)
    writeAssembly(folder, configuration)
    return readdirSync(folder)
      .filter((file) => file.endsWith('.template.json'))
      .map((file) => join(folder, file))
  })
  const options = ['--ignore-checks', ...Object.keys(IGNORED), '--regions', ...REGIONS]
  process.exitCode = run('python3', [join(linter, 'bin/cfn-lint'), ...options, '--', ...files], { PYTHONPATH: linter })
  console.log(`cfn-lint ${VERSION}: ${files.length} templates, ${process.exitCode === 0 ? 'no finding' : 'see above'}`)
} finally {
  rmSync(templates, { recursive: true })
}
