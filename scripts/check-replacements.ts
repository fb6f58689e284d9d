import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { DATA_TEMPLATE, WAYS_IN, writeAssembly } from './releases/data-assembly.ts'
import { lostResources } from './releases/lost-resources.ts'
import { templateDifference } from './releases/template-difference.ts'

/**
 * Compares the data stack of each earlier release with today's. Exit code 1 where an update would lose something.
 * `npm run check:replacements`; with `-- --release 0.2.0` it keeps that release's templates instead, once.
 */
const RELEASES = fileURLToPath(new URL('../test/infra/releases/', import.meta.url))

const { values } = parseArgs({ options: { release: { type: 'string' } } })
const folder = mkdtempSync(join(tmpdir(), 'tollgate-replacements-'))
try {
  for (const [wayIn, configuration] of Object.entries(WAYS_IN)) writeAssembly(join(folder, wayIn), configuration)
  if (values.release === undefined) process.exitCode = Object.keys(WAYS_IN).every(losesNothing) ? 0 : 1
  else keep(values.release)
} finally {
  rmSync(folder, { recursive: true })
}

function keep(release: string): void {
  const kept = join(RELEASES, release)
  if (!/^\d+\.\d+\.\d+$/.test(release)) throw new Error(`"${release}" is no release: write it as 0.2.0`)
  if (existsSync(kept)) throw new Error(`${kept} is there already: what was released does not change`)
  mkdirSync(kept)
  for (const wayIn of Object.keys(WAYS_IN)) {
    const { Resources } = JSON.parse(readFileSync(join(folder, wayIn, DATA_TEMPLATE), 'utf8'))
    writeFileSync(join(kept, `${wayIn}.snapshot.json`), `${JSON.stringify({ Resources }, null, 2)}\n`)
  }
}

function losesNothing(wayIn: string): boolean {
  const kept = readdirSync(RELEASES).filter((release) => existsSync(join(RELEASES, release, `${wayIn}.snapshot.json`)))
  if (kept.length === 0) throw new Error(`no release in ${RELEASES} has ${wayIn}.snapshot.json to compare with`)
  const lost = kept.sort().map((release) => {
    const found = lostResources(
      templateDifference(join(folder, wayIn), join(RELEASES, release, `${wayIn}.snapshot.json`)),
    )
    console.log(`${release} -> now, ${wayIn}: ${found.length === 0 ? 'nothing is replaced or removed' : ''}`)
    for (const line of found) console.log(`  ${line}`)
    return found
  })
  return lost.flat().length === 0
}
