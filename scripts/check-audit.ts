import { spawnSync } from 'node:child_process'
import * as z from 'zod'

/**
 * Asks the registry for advisories about what is deployed (no development dependencies). Exit code 1 on one that is high or
 * critical. A registry that answers no such question (many mirrors do not) is said and passes: it is not ours to mend.
 * `npm run check:audit`.
 */
const answerSchema = z.object({
  metadata: z.object({ vulnerabilities: z.object({ high: z.int(), critical: z.int(), total: z.int() }) }),
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string() })),
})

const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' })
if (error) throw error
const parsed = answerSchema.safeParse(JSON.parse(stdout))
if (!parsed.success) {
  console.log('npm audit: the registry gives no advisories; nothing was checked')
} else {
  const { metadata, vulnerabilities } = parsed.data
  const { high, critical, total } = metadata.vulnerabilities
  console.log(`npm audit: ${total} advisories about what is deployed, ${high} high, ${critical} critical`)
  for (const [name, { severity }] of Object.entries(vulnerabilities)) console.log(`  ${severity}: ${name}`)
  process.exitCode = high + critical === 0 ? 0 : 1
}
