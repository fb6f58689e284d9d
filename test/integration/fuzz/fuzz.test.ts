import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PROGRAM = 'test/fuzz/fuzz.ts'
/** A minute of faults; engines start before it, and three drains and the recreated topic come after. */
const MINUTES = 1
const TIMEOUT_MS = 20 * 60_000

/** Another one for each commit, the same for one commit on every machine; the time of day where git cannot tell. */
function seedOfCommit(): number {
  try {
    return Number.parseInt(execFileSync('git', ['rev-parse', '--short=7', 'HEAD'], { cwd: ROOT }).toString(), 16)
  } catch {
    return Date.now() % 2 ** 31
  }
}

/** What the program prints last; it also prints it where a digit is wrong. */
interface Summary {
  readonly ok: boolean
  readonly comparisons: number
  readonly faults: number
  readonly faultsByKind: Readonly<Record<string, number>>
  readonly heldWindows?: { readonly incomplete: number }
}

async function fuzz(seed: number): Promise<Summary> {
  const args = [PROGRAM, '--minutes', String(MINUTES), '--seed', String(seed)]
  const run = promisify(execFile)(process.execPath, args, { cwd: ROOT, maxBuffer: 2 ** 24 })
  const { stdout } = await run.catch((error: { readonly stdout: string }) => error)
  process.stdout.write(stdout)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

describe('the ledger on Kafka and DynamoDB Local', () => {
  it('ends a minute of faults with the digits of the straight sum', { timeout: TIMEOUT_MS }, async () => {
    const summary = await fuzz(seedOfCommit())
    expect(summary).toMatchObject({ ok: true, comparisons: 3 })
    expect(summary.heldWindows?.incomplete).toBeGreaterThan(0)
    expect(Object.keys(summary.faultsByKind).length).toBeGreaterThan(15)
    expect(summary.faults).toBeGreaterThan(100)
  })
})
