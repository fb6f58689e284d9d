import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startEngine } from './engine-process.ts'
import { freePort } from './free-port.ts'
import { lambdaRuntimeClient } from './lambda-runtime-client.ts'
import { untilListening } from './until-listening.ts'

const VERSION = '1.5.33'
const CACHE = fileURLToPath(new URL('../../../.cache/engines/', import.meta.url))
const WORKER = fileURLToPath(new URL('ministack-worker.ts', import.meta.url))

/** MiniStack, an AWS emulator, running on a loopback port; its state is gone when it ends. */
export interface MiniStack {
  readonly endpoint: string
  /** Variables of a program whose AWS SDK shall talk to it and to nothing else. */
  readonly environment: Readonly<Record<string, string>>
  /** What it and its functions printed last. */
  printed(): string
  close(): Promise<void>
}

export const MINISTACK = { account: '000000000000', region: 'us-east-1' } as const

const run = promisify(execFile)

/** The folder with its modules, from PyPI where it is not there yet. Needs Python 3.10 with pip on the path. */
async function installed(): Promise<string> {
  const folder = join(CACHE, `ministack-${VERSION}-modules`)
  if (existsSync(folder)) return folder
  const arriving = `${folder}.${process.pid}`
  const quietly = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore']
  await run('python3', ['-m', 'pip', 'install', ...quietly, '--target', arriving, `ministack==${VERSION}`])
  // Whole or not at all: two test runs may install at the same time, and one of them is the first to finish.
  await rename(arriving, folder).catch(async (error: NodeJS.ErrnoException) => {
    if (!existsSync(folder)) throw error
    await rm(arriving, { recursive: true })
  })
  return folder
}

/**
 * Starts MiniStack. Its Node functions run under lambda-runtime.ts (ministack-worker.ts stands where it looks for `node`).
 * It takes any credentials and asks no policy: with AUTH=true it refuses the CDK's own roles their bucket.
 * `functions`: further variables of all functions.
 */
export async function startMiniStack(options: {
  readonly functions: Readonly<Record<string, string>>
}): Promise<MiniStack> {
  const folder = await installed()
  const port = await freePort()
  const home = await mkdtemp(join(tmpdir(), 'tollgate-ministack-'))
  const node = join(home, 'node')
  await lambdaRuntimeClient() // fetched now, not by several functions at once
  // MiniStack finds this `node`; what it starts finds Node's own.
  await writeFile(node, `#!/bin/sh\nPATH='${process.env.PATH}' exec '${process.execPath}' '${WORKER}'\n`)
  await chmod(node, 0o755)
  const endpoint = `http://127.0.0.1:${port}`
  const engine = await startEngine('python3', ['-m', 'ministack'], {
    ready: /Running on http/,
    environment: {
      PYTHONPATH: folder,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: 'localhost', // names of APIs end in it, and no name ends in an address
      MINISTACK_REGION: MINISTACK.region,
      TMPDIR: home,
      PATH: [home, process.env.PATH].join(delimiter),
      TOLLGATE_FUNCTION_VARIABLES: JSON.stringify({ ...options.functions, AWS_ENDPOINT_URL: endpoint }),
    },
  })
  await untilListening(port)
  return {
    endpoint,
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: MINISTACK.region,
      AWS_DEFAULT_REGION: MINISTACK.region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    printed: engine.printed,
    close: async () => {
      await engine.terminate()
      await rm(home, { recursive: true, force: true })
    },
  }
}
