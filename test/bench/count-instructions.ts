import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What the machine counts; null, and why, where it does not: most virtual machines hide their counters. */
export interface Instructions {
  readonly perSpan: number | null
  readonly reason?: string
}

const FEW = 20
const MANY = 60
const FOLD = fileURLToPath(new URL('fold-repeatedly.ts', import.meta.url))

/** Instructions of decoding, rating and folding a span, as the difference between many and few times of it: `perf stat`. */
export function countInstructions(): Instructions {
  const few = instructionsOf(FEW)
  if (typeof few === 'string') return { perSpan: null, reason: few }
  const many = instructionsOf(MANY)
  if (typeof many === 'string') return { perSpan: null, reason: many }
  return { perSpan: Math.round((many.instructions - few.instructions) / ((MANY - FEW) * many.spans)) }
}

/** The instructions of a process that folds so many times; why they are not known, in words. */
function instructionsOf(times: number): { readonly instructions: number; readonly spans: number } | string {
  const perf = ['stat', '-x', ',', '-e', 'instructions:u', process.execPath, FOLD, String(times)]
  const { stdout, stderr, error } = spawnSync('perf', perf, { encoding: 'utf8' })
  if (error !== undefined) return 'perf is not installed'
  const instructions = instructionsIn(stderr)
  return instructions === undefined
    ? 'perf counts no instructions on this machine'
    : { instructions, spans: Number(stdout) }
}

/** The count in what `perf stat -x ,` prints: `123,,instructions:u,...`, or `<not supported>` for the number. */
export function instructionsIn(printed: string): number | undefined {
  const count = /^(\d+),[^,]*,instructions/m.exec(printed)?.[1]
  return count === undefined ? undefined : Number(count)
}
