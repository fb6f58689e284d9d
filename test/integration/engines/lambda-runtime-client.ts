import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const VERSION = '4.0.2'
const CACHE = fileURLToPath(new URL('../../../.cache/engines/', import.meta.url))
const RAPID_CLIENT = fileURLToPath(new URL('rapid-client.cjs', import.meta.url))

const run = promisify(execFile)

/**
 * The program that AWS's Node runtime starts: `aws-lambda-ric` from npm, which loads the handler, speaks the Runtime API,
 * patches the console and writes errors down. Fetched once; nothing of it is compiled: rapid-client.cjs stands in for its
 * one compiled part, as a folder of that part's name.
 */
export async function lambdaRuntimeClient(): Promise<string> {
  const folder = join(CACHE, `lambda-ric-${VERSION}`)
  const program = join(folder, 'package', 'index.mjs')
  if (!existsSync(program)) await fetchInto(folder)
  // Each time, since it is part of the tests and may change.
  await copyFile(RAPID_CLIENT, join(folder, 'package', 'rapid-client.node', 'index.cjs'))
  return program
}

async function fetchInto(folder: string): Promise<void> {
  const arriving = `${folder}.${process.pid}`
  await mkdir(arriving, { recursive: true })
  await run('npm', ['pack', '--silent', `aws-lambda-ric@${VERSION}`], { cwd: arriving })
  await run('tar', ['-xzf', `aws-lambda-ric-${VERSION}.tgz`], { cwd: arriving })
  const part = join(arriving, 'package', 'rapid-client.node')
  await mkdir(part)
  await writeFile(join(part, 'package.json'), '{ "type": "commonjs", "main": "index.cjs" }\n')
  // Whole or not at all: two test runs may fetch at the same time, and one of them is the first to finish.
  await rename(arriving, folder).catch(async (error: NodeJS.ErrnoException) => {
    if (!existsSync(folder)) throw error
    await rm(arriving, { recursive: true })
  })
}
