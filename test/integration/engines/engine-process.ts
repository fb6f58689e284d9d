import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'

/** A program of the tests, running. */
export interface EngineProcess {
  readonly pid: number
  /** Ends it as a crash does, and waits until it is gone. */
  kill(): Promise<void>
  /** Asks it to end, and waits until it has. */
  terminate(): Promise<void>
  /** The last of what it printed. */
  printed(): string
}

/** Characters. */
const PRINTED_MAX = 20_000

export interface EngineOptions {
  /** A line that it prints when it can be used. */
  readonly ready: RegExp
  /** Beside the variables of this process. */
  readonly environment?: Readonly<Record<string, string>>
}

/**
 * Starts a program, and resolves when it prints a line that `ready` matches.
 * Rejects with what it printed when it ends before that.
 */
export async function startEngine(
  command: string,
  args: readonly string[],
  options: EngineOptions,
): Promise<EngineProcess> {
  const child = spawn(command, args, {
    // DynamoDB Local leaves a file where it is started.
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.environment },
  })
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }
  // A test run that is ended must not leave its engines behind.
  const killWithTests = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithTests)
  child.once('exit', () => process.off('exit', killWithTests))
  let text = ''
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-PRINTED_MAX)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const printed = (): string => text
  await waitFor(child, options.ready, printed)
  return { pid: child.pid ?? 0, kill: () => end('SIGKILL'), terminate: () => end('SIGTERM'), printed }
}

function waitFor(child: ChildProcess, ready: RegExp, printed: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const read = (): void => {
      if (!ready.test(printed())) return
      child.stdout?.off('data', read)
      child.stderr?.off('data', read)
      resolve()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}:\n${printed()}`)))
  })
}
