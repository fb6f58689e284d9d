import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { shortHash } from '../../../layers/core/identity/hash.ts'
import { mavenIn } from './maven.ts'

const POM = fileURLToPath(new URL('pom.xml', import.meta.url))
const CACHE = fileURLToPath(new URL('../../../.cache/engines/', import.meta.url))

/**
 * The folder with an engine's jars, fetched from Maven Central by its profile in pom.xml where it is not there yet.
 * Its name holds a hash of pom.xml: another version is another folder. Needs Java 17.
 */
export async function jarsOf(profile: 'kafka' | 'dynamodb'): Promise<string> {
  const folder = join(CACHE, `${profile}-${shortHash(await readFile(POM, 'utf8'), 8)}`)
  if (existsSync(folder)) return folder
  const arriving = `${folder}.${process.pid}`
  await mkdir(arriving, { recursive: true })
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${arriving}`]
  await promisify(execFile)(await mavenIn(CACHE), ['-q', '-B', '-f', POM, '-P', profile, ...goal], {
    maxBuffer: 64 * 2 ** 20,
  })
  // Whole or not at all: two test runs may fetch at the same time, and one of them is the first to finish.
  await rename(arriving, folder).catch(async (error: NodeJS.ErrnoException) => {
    if (!existsSync(folder)) throw error
    await rm(arriving, { recursive: true })
  })
  return folder
}
