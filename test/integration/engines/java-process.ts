import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A Java program of the tests, running. */
export interface JavaProcess {
  /** Ends it as a crash does, and waits until it is gone. */
  kill(): Promise<void>
}

/**
 * Starts a main class with all jars of a folder, and resolves when it prints a line that `ready` matches.
 * Rejects with what it printed when it ends before that.
 */
export async function startJava(
  jars: string,
  args: readonly string[],
  ready: RegExp,
  options: { readonly heapMiB: number },
): Promise<JavaProcess> {
  const child = spawn('java', [`-Xmx${options.heapMiB}m`, '-cp', join(jars, '*'), ...args], {
    // DynamoDB Local leaves a file where it is started.
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  // A test run that is ended must not leave its engines behind.
  process.once('exit', () => child.kill('SIGKILL'))
  await waitFor(child, ready)
  return { kill }
}

function waitFor(child: ChildProcess, ready: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = ''
    const read = (chunk: Buffer): void => {
      printed = (printed + chunk.toString()).slice(-20_000)
      if (ready.test(printed)) resolve()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${child.spawnargs.at(-1)} ended with ${code}:\n${printed}`)))
  })
}
