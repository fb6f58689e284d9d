import { spawnSync } from 'node:child_process'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url))

/** Runs a command, its output shown. Answers its exit code. @throws where it cannot be started */
export function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): number {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  if (error) throw error
  return status ?? 1
}

/**
 * The folder with a package from PyPI, fetched into `.cache/` where it is not there yet: whole or not there, as two runs may fetch it
 * at once.
 */
export function pythonPackage(name: string, version: string, pipOptions: readonly string[] = []): string {
  const folder = join(CACHE, `${name}-${version}`)
  if (existsSync(folder)) return folder
  const arriving = `${folder}.${process.pid}`
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--root-user-action=ignore']
  const args = [...pip, ...pipOptions, '--target', arriving, `${name}==${version}`]
  if (run('python3', args) !== 0) throw new Error('pip failed')
  if (existsSync(folder)) rmSync(arriving, { recursive: true })
  else renameSync(arriving, folder)
  return folder
}
