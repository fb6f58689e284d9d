import { execFile } from 'node:child_process'
import { join } from 'node:path'

const TOLLGATE = join(import.meta.dirname, '../../cli/tollgate.ts')

/** What a command line did. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** Runs the shipped command line in a process of its own, with `input` on its standard input. */
export function runTollgate(args: readonly string[], input: string | Uint8Array = ''): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [TOLLGATE, ...args], { maxBuffer: 1 << 28 }, (failure, out, error) =>
      resolve({ code: typeof failure?.code === 'number' ? failure.code : 0, out, error }),
    )
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
