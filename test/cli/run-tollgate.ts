import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { ALL_COMMANDS } from '../../cli/all-commands.ts'
import { runProgram } from '../../cli/program.ts'

const TOLLGATE = join(import.meta.dirname, '../../bin/tollgate.js')

/** What a command line did. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** A message as it was before it was broken into lines. */
export const inOneLine = (error: string): string => error.trimEnd().replaceAll('\n', ' ')

let last: Promise<unknown> = Promise.resolve()

/**
 * Runs a command line in this process, with `input` on its standard input: a process of its own takes half a second. One
 * after the other, since they share the standard streams.
 */
export function runTollgate(args: readonly string[], input: string | Uint8Array = ''): Promise<Ran> {
  const ran = last.then(() => runHere(args, input))
  last = ran.catch(() => undefined)
  return ran
}

async function runHere(args: readonly string[], input: string | Uint8Array): Promise<Ran> {
  const out = capture(process.stdout)
  const error = capture(process.stderr)
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')
  Object.defineProperty(process, 'stdin', { configurable: true, value: Readable.from([Buffer.from(input)]) })
  try {
    const code = await runProgram(args, ALL_COMMANDS, (text) => process.stderr.write(text), false)
    return { code, out: out.text(), error: error.text() }
  } finally {
    if (stdin !== undefined) Object.defineProperty(process, 'stdin', stdin)
    out.restore()
    error.restore()
  }
}

/** Keeps what is written to the stream, until `restore`. */
function capture(stream: NodeJS.WriteStream) {
  const { write } = stream
  let text = ''
  stream.write = (chunk: string | Uint8Array): boolean => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    return true
  }
  return {
    text: () => text,
    restore: () => {
      stream.write = write
    },
  }
}

/** Runs the shipped command line in a process of its own, where the process is the point. */
export function spawnTollgate(args: readonly string[], nodeOptions: readonly string[] = []): Promise<Ran> {
  return new Promise((resolve) => {
    const command = [...nodeOptions, TOLLGATE, ...args]
    execFile(process.execPath, command, { maxBuffer: 1 << 28 }, (failure, out, error) =>
      resolve({ code: typeof failure?.code === 'number' ? failure.code : 0, out, error }),
    )
  })
}
