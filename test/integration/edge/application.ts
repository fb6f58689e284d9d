import { startEngine } from '../engines/engine-process.ts'

/** A service of the tests, running. */
export interface Application {
  readonly url: string
  /** What it printed. */
  printed(): string
  /** Ends it in order: its last spans are exported. */
  close(): Promise<void>
}

/** Starts a file of the project as its team starts it, with the two `--import`s of docs/edge.md or without Tollgate's. */
export async function startApplication(
  folder: string,
  file: string,
  environment: Readonly<Record<string, string>>,
  edge = true,
): Promise<Application> {
  const register = edge ? ['--import', '@tollgate/edge/register'] : []
  const args = ['--import', './telemetry.mjs', ...register, file]
  // --import looks for packages where the process starts.
  const started = { ready: /listening on \d+/, environment }
  const running = await startEngine('env', ['-C', folder, process.execPath, ...args], started)
  const port = /listening on (\d+)/.exec(running.printed())?.[1]
  return { url: `http://127.0.0.1:${port}`, printed: running.printed, close: running.terminate }
}
