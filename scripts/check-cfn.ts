import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONFIGURATIONS } from './cfn/configurations.ts'
import { pythonPackage, run } from './cfn/python-package.ts'
import { writeAssembly } from './releases/data-assembly.ts'

/**
 * Lints the templates of both stacks, for each way in, with AWS's own cfn-lint. Needs Python 3; fetches cfn-lint from PyPI
 * into .cache/ where it is not there yet. Exit code 1 on any finding. `npm run check:cfn`.
 */
const VERSION = '1.58.0'
const REGIONS = ['us-east-1', 'eu-west-1']

/** Findings that are not ours to mend. */
const IGNORED: Readonly<Record<string, string>> = {
  W3005: 'the CDK writes a DependsOn beside references that say the same',
  W3010: 'zones are hard-coded where a configuration names them',
}

const linter = pythonPackage('cfn-lint', VERSION)
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
