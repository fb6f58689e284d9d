import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const VERSION = '3.9.11'
const ARCHIVE = `https://repo1.maven.org/maven2/org/apache/maven/apache-maven/${VERSION}/apache-maven-${VERSION}-bin.tar.gz`
/** As published beside the archive. */
const SHA512 =
  'bcfe4fe305c962ace56ac7b5fc7a08b87d5abd8b7e89027ab251069faebee516b0ded8961445d6d91ec1985dfe30f8153268843c89aa392733d1a3ec956c9978'

const run = promisify(execFile)

/** The Maven to call: the machine's own, or else one from Maven Central, kept in this folder. Needs Java and tar. */
export async function mavenIn(cache: string): Promise<string> {
  try {
    await run('mvn', ['--version'])
    return 'mvn'
  } catch {
    return fetchMaven(cache)
  }
}

async function fetchMaven(cache: string): Promise<string> {
  const folder = join(cache, `apache-maven-${VERSION}`)
  const program = join(folder, 'bin', 'mvn')
  if (existsSync(program)) return program
  const response = await fetch(ARCHIVE)
  if (!response.ok)
    throw new Error(`${ARCHIVE} answered ${response.status}: install Maven, or open the way to Maven Central`)
  const archive = Buffer.from(await response.arrayBuffer())
  const digest = createHash('sha512').update(archive).digest('hex')
  if (digest !== SHA512) throw new Error(`${ARCHIVE} is not the archive that this version of Maven is`)
  const arriving = join(cache, `maven.${process.pid}`)
  await mkdir(arriving, { recursive: true })
  const file = join(arriving, 'maven.tar.gz')
  await writeFile(file, archive)
  await run('tar', ['-xzf', file, '-C', arriving])
  // Two test runs may fetch at the same time, and one of them is the first to finish.
  await rename(join(arriving, `apache-maven-${VERSION}`), folder).catch((error: NodeJS.ErrnoException) => {
    if (!existsSync(program)) throw error
  })
  await rm(arriving, { recursive: true })
  return program
}
