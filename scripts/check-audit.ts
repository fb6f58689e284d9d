import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildEdgeLayer } from './build-edge.ts'
import { auditSchema, lockSchema, shippedAdvisories } from './shipped/advisories.ts'

/**
 * Asks the registry for advisories about what ships: what is deployed and run, and what the edge's Lambda layer has code of. Exit
 * code 1 on one that is high or critical. A registry that answers no such question (many mirrors do not) is said and passes: it is
 * not ours to mend. `npm run check:audit`.
 */
const { stdout, error } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8' })
if (error) throw error
const answer = auditSchema.safeParse(JSON.parse(stdout))
if (!answer.success) {
  console.log('npm audit: the registry gives no advisories; nothing was checked')
} else {
  const lock = lockSchema.parse(JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')))
  const found = shippedAdvisories(answer.data, lock, await namesInLayer())
  const grave = found.filter(({ severity }) => severity === 'high' || severity === 'critical')
  console.log(`npm audit: ${found.length} advisories about what ships, ${grave.length} high or critical`)
  for (const { name, severity } of found) console.log(`  ${severity}: ${name}`)
  process.exitCode = grave.length === 0 ? 0 : 1
}

async function namesInLayer(): Promise<ReadonlySet<string>> {
  const out = mkdtempSync(join(tmpdir(), 'tollgate-audit-'))
  try {
    return new Set((await buildEdgeLayer(out)).packages.map(({ name }) => name))
  } finally {
    rmSync(out, { recursive: true })
  }
}
