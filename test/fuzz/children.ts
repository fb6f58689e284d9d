import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type ChildCommand, type ChildMessage, type ChildSettings, SETTINGS_VARIABLE } from './child-messages.ts'

/** A process of the run. */
export interface Child {
  readonly settings: ChildSettings
  /** Resolves when it can work, or is gone. */
  readonly ready: Promise<void>
  readonly gone: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  send(command: ChildCommand): void
  kill(): Promise<void>
}

const PROGRAM = fileURLToPath(new URL('child.ts', import.meta.url))
/** What is kept of what it prints when it ends by itself. */
const PRINTED_MAX = 4_000

export function startChild(
  settings: ChildSettings,
  hear: (message: ChildMessage) => void,
  endedByItself: (whatItPrinted: string, wasReady: boolean) => void,
): Child {
  const process = fork(PROGRAM, {
    env: { ...globalThis.process.env, [SETTINGS_VARIABLE]: JSON.stringify(settings) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let printed = ''
  const keep = (chunk: Buffer): void => {
    printed = (printed + chunk.toString()).slice(-PRINTED_MAX)
  }
  process.stdout?.on('data', keep)
  process.stderr?.on('data', keep)
  const ready = Promise.withResolvers<void>()
  let wasReady = false
  process.on('message', (message: ChildMessage) => {
    if (message.kind === 'ready') {
      wasReady = true
      ready.resolve()
    }
    hear(message)
  })
  const gone = goneOf(process)
  gone.then(({ code, signal }) => {
    ready.resolve()
    if (code !== 0 && signal === null) endedByItself(printed, wasReady)
  })
  return {
    settings,
    ready: ready.promise,
    gone,
    send: (command) => {
      if (process.connected) process.send(command)
    },
    kill: async () => {
      process.kill('SIGKILL')
      await gone
    },
  }
}

async function goneOf(process: ChildProcess): ReturnType<() => Child['gone']> {
  const [code, signal] = await once(process, 'exit')
  return { code, signal }
}
