import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const CDK = fileURLToPath(new URL('../../node_modules/aws-cdk/bin/cdk', import.meta.url))

/** The CDK's command line could not compare. */
class NotCompared extends Error {
  override readonly name = 'NotCompared'
}

/**
 * What `cdk diff` prints about an update of the data stack from a template in a file to that of an assembly. It knows of
 * every property whether its change replaces the resource, and asks nobody: no credentials, no network.
 * @throws NotCompared
 */
export function templateDifference(assembly: string, template: string): string {
  const options = ['--app', assembly, '--template', template, '--no-notices', '--no-color']
  const { status, stdout, stderr } = spawnSync(process.execPath, [CDK, 'diff', 'Data', ...options], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new NotCompared(`cdk diff failed: ${stderr}`)
  return stdout + stderr // versions of the CLI differ in which of the two they write to
}
