import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collectorProgram } from '../engines/collector.ts'
import { startEngine } from '../engines/engine-process.ts'
import { freePort } from '../engines/free-port.ts'
import { untilListening } from '../engines/until-listening.ts'

/** A Collector that hands on by OTLP/HTTP, as JSON, what it gets. */
export interface ForwardingCollector {
  /** Where SDKs send spans by OTLP/HTTP: `http://127.0.0.1:PORT`. */
  readonly otlpUrl: string
  /** Ends it in order, with its queue. */
  close(): Promise<void>
}

/** Starts a Collector with configurations laid over each other, and with `to`, an OTLP/HTTP endpoint, in the place of Kafka. */
export async function startForwardingCollector(
  configurations: readonly string[],
  to: string,
): Promise<ForwardingCollector> {
  const program = await collectorProgram()
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-forwarding-'))
  const port = await freePort()
  const laid = [
    ...configurations,
    `yaml:exporters::otlphttp: { endpoint: "${to}", compression: none, encoding: json }`,
    'yaml:service::pipelines::traces::exporters: [otlphttp]',
    // Its own metrics would take a port that another one may have.
    'yaml:service::telemetry::metrics::level: none',
  ]
  const args = laid.map((one) => `--config=${one}`)
  const environment = {
    OTLP_HTTP_ENDPOINT: `127.0.0.1:${port}`,
    OTLP_GRPC_ENDPOINT: `127.0.0.1:${await freePort()}`,
    QUEUE_DIRECTORY: folder,
  }
  const collector = await startEngine(program, args, { ready: /Everything is ready/, environment })
  await untilListening(port)
  return {
    otlpUrl: `http://127.0.0.1:${port}`,
    close: async () => {
      await collector.terminate()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
