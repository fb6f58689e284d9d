import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { shortHash } from '../../../layers/core/identity/hash.ts'
import { type EngineProcess, startEngine } from './engine-process.ts'
import { freePort } from './free-port.ts'
import { untilListening } from './until-listening.ts'

const MANIFEST = fileURLToPath(new URL('../../../deploy/collector-builder.yaml', import.meta.url))
const CACHE = fileURLToPath(new URL('../../../.cache/engines/', import.meta.url))
/** `dist.output_path` and `dist.name` of the manifest. */
const BUILT = join('build', 'tollgate-collector')

/** The OpenTelemetry Collector, running. */
export interface Collector {
  /** Where SDKs send spans by OTLP/HTTP: `http://127.0.0.1:PORT`. */
  readonly otlpUrl: string
  /** Ends it as a crash does; its queue stays in its folder. */
  kill(): Promise<void>
  /** Starts it again on its folder and port. */
  start(): Promise<void>
  /** Ends it in order and deletes its folder. */
  close(): Promise<void>
}

/**
 * The Collector's program, built by the Collector's builder from deploy/collector-builder.yaml where it is not there yet
 * (about two minutes on two cores, modules from the Go module proxy). Its folder's name holds a hash of the manifest.
 * Needs Go on the path, at least as new as the modules say.
 */
export async function collectorProgram(): Promise<string> {
  const manifest = await readFile(MANIFEST, 'utf8')
  const folder = join(CACHE, `collector-${shortHash(manifest, 8)}`)
  const program = join(folder, BUILT)
  if (existsSync(program)) return program
  const version = /^ {2}version: (\S+)$/m.exec(manifest)?.[1]
  const arriving = `${folder}.${process.pid}`
  await mkdir(arriving, { recursive: true })
  const builder = `go.opentelemetry.io/collector/cmd/builder@v${version}`
  await promisify(execFile)('go', ['run', builder, '--config', MANIFEST], {
    cwd: arriving,
    env: { ...process.env, GOFLAGS: '-mod=mod -buildvcs=false', GOTOOLCHAIN: 'local' },
    maxBuffer: 64 * 2 ** 20,
  })
  // Whole or not at all: two test runs may build at the same time, and one of them is the first to finish.
  await rename(arriving, folder).catch(async (error: NodeJS.ErrnoException) => {
    if (!existsSync(program)) throw error
    await rm(arriving, { recursive: true })
  })
  return program
}

/**
 * What `validate` says of configurations, each laid over those before it: paths, or `env:NAME`.
 * @throws what the Collector printed, where it refuses them
 */
export async function validateCollector(
  configurations: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const env = { ...process.env, ...environment }
  const args = configurations.map((configuration) => `--config=${configuration}`)
  await promisify(execFile)(await collectorProgram(), ['validate', ...args], { env })
}

/** Starts the Collector with a configuration of OTLP in and Kafka out; its addresses come from the environment. */
export async function startCollector(configuration: string, brokers: string, topic: string): Promise<Collector> {
  const program = await collectorProgram()
  const queue = await mkdtemp(join(tmpdir(), 'tollgate-collector-'))
  const port = await freePort()
  const environment = {
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC: topic,
    OTLP_HTTP_ENDPOINT: `127.0.0.1:${port}`,
    OTLP_GRPC_ENDPOINT: `127.0.0.1:${await freePort()}`,
    QUEUE_DIRECTORY: queue,
  }
  // Its own metrics would take a port that another one may have.
  const silent = 'yaml:service::telemetry::metrics::level: none'
  let collector: EngineProcess | undefined
  const start = async (): Promise<void> => {
    const args = ['--config', configuration, '--config', silent]
    collector = await startEngine(program, args, { ready: /Everything is ready/, environment })
    await untilListening(port)
  }
  await start()
  return {
    otlpUrl: `http://127.0.0.1:${port}`,
    start,
    kill: async () => {
      await collector?.kill()
    },
    close: async () => {
      await collector?.terminate()
      await rm(queue, { recursive: true, force: true })
    },
  }
}
