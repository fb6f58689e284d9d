import { join } from 'node:path'
import { type EngineProcess, startEngine } from './engine-process.ts'

/** Starts a main class with all jars of a folder; see `startEngine`. */
export function startJava(
  jars: string,
  args: readonly string[],
  ready: RegExp,
  options: { readonly heapMiB: number },
): Promise<EngineProcess> {
  return startEngine('java', [`-Xmx${options.heapMiB}m`, '-cp', join(jars, '*'), ...args], { ready })
}
