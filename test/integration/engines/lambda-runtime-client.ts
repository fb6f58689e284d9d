import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { shortHash } from '../../../layers/core/identity/hash.ts'

const VERSION = '4.0.2'
/** The client of the runtime's own SDK that CDK's providers import: they are not bundled, functions of Tollgate are. */
const SDK = '@aws-sdk/client-lambda@3.1164.0'
const CACHE = fileURLToPath(new URL('../../../.cache/engines/', import.meta.url))
const RAPID_CLIENT = fileURLToPath(new URL('rapid-client.cjs', import.meta.url))

const run = promisify(execFile)

/** What stands under /var/runtime. */
export interface LambdaRuntimeClient {
  readonly program: string
  /** A folder of modules that functions find after their own and their layers'. */
  readonly modules: string
}

/**
 * The program that AWS's Node runtime starts: `aws-lambda-ric` from npm, which loads the handler, speaks the Runtime API,
 * patches the console and writes errors down. Fetched once; nothing of it is compiled: rapid-client.cjs stands in for its
 * one compiled part, as a folder of that part's name (and a hash of it is in the name of the whole).
 */
export async function lambdaRuntimeClient(): Promise<LambdaRuntimeClient> {
  const folder = join(CACHE, `lambda-runtime-${VERSION}-${shortHash(await readFile(RAPID_CLIENT, 'utf8'), 8)}`)
  if (!existsSync(folder)) await fetchInto(folder)
  const modules = join(folder, 'node_modules')
  return { program: join(modules, 'aws-lambda-ric', 'index.mjs'), modules }
}

async function fetchInto(folder: string): Promise<void> {
  const arriving = `${folder}.${process.pid}`
  await mkdir(arriving, { recursive: true })
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', ['install', '--prefix', arriving, ...quietly, `aws-lambda-ric@${VERSION}`, SDK])
  const part = join(arriving, 'node_modules', 'aws-lambda-ric', 'rapid-client.node')
  await mkdir(part)
  await writeFile(join(part, 'package.json'), '{ "type": "commonjs", "main": "index.cjs" }\n')
  await copyFile(RAPID_CLIENT, join(part, 'index.cjs'))
  // Whole or not at all: two test runs may fetch at the same time, and one of them is the first to finish.
  await rename(arriving, folder).catch(async (error: NodeJS.ErrnoException) => {
    if (!existsSync(folder)) throw error
    await rm(arriving, { recursive: true })
  })
}
