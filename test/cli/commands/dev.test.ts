import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SpanKind } from '@opentelemetry/api'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inOneLine, runTollgate } from '../run-tollgate.ts'

const CLI = fileURLToPath(new URL('../../../cli/tollgate.ts', import.meta.url))

interface Dev {
  readonly process: ChildProcess
  readonly otlpUrl: string
  readonly apiUrl: string
  stop(): Promise<void>
}

/** Starts `tollgate dev` as its users do, on free ports, with the prices of one region: those of all take half a second. */
async function startDev(): Promise<Dev> {
  const ports = ['--port', '0', '--api-port', '0']
  const args = ['dev', '--json', ...ports, '--data', join(folder, 'data'), '--configuration', configuration]
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const urls: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec((JSON.parse(line) as { what: string }).what)?.[0]
    if (url !== undefined && urls.push(url) === 2) break
  }
  child.stdout.resume()
  const [otlpUrl = '', apiUrl = ''] = urls
  const stop = async (): Promise<void> => {
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    await gone
  }
  return { process: child, otlpUrl, apiUrl, stop }
}

/** An application with an unmodified OpenTelemetry SDK, its exporter pointed at `tollgate dev`; its last trace. */
async function runApp(service: string, exporter: SpanExporter): Promise<string> {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.version': '1.4.2',
      'cloud.platform': 'aws_lambda',
      'cloud.region': 'us-east-1',
      'faas.max_memory': 536_870_912,
      'host.arch': 'arm64',
    }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('app')
  let trace = ''
  for (let i = 0; i < 5; i += 1) {
    const end = Date.now()
    const attributes = { 'http.request.method': 'GET', 'url.path': `/users/${i}/orders` }
    const span = tracer.startSpan('GET', { kind: SpanKind.SERVER, startTime: end - 100, attributes })
    span.end(end)
    trace = span.spanContext().traceId
  }
  await provider.shutdown()
  return trace
}

interface Spend {
  readonly lines: readonly {
    readonly service: string
    readonly operation: string
    readonly commit: string
    readonly usd: string
  }[]
}

/** The lines of these services, once the ledger has some of each. */
async function spendOf(...services: readonly string[]): Promise<Spend['lines']> {
  for (;;) {
    // Both hours, where the test runs across their border.
    const range = `from=${Date.now() - 3_600_000}&to=${Date.now() + 60_000}`
    const response = await fetch(`${dev.apiUrl}/v1/spend?${range}&by=commit,operation`)
    const { lines } = (await response.json()) as Spend
    const wanted = lines.filter(({ service }) => services.includes(service))
    if (services.every((name) => wanted.some(({ service }) => service === name))) return wanted
    await pause(50)
  }
}

/** 0.1 s at 512 MB, arm64, and one request: 0.05 GB-seconds at $0.0000133334, and $0.0000002; five times. */
const USD = '0.00000433335'

let folder: string
let configuration: string
let dev: Dev

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-dev-'))
  configuration = join(folder, 'configuration.json')
  await writeFile(configuration, JSON.stringify({ pricedRegions: ['us-east-1'] }))
  dev = await startDev()
})

afterAll(async () => {
  await dev.stop()
  await rm(folder, { recursive: true })
})

describe('tollgate dev', () => {
  it('shows the spend of unmodified OpenTelemetry SDK apps, sent as protobuf and as JSON, within 10 seconds', {
    timeout: 10_000,
  }, async () => {
    const url = `${dev.otlpUrl}/v1/traces`
    await runApp('by-protobuf', new ProtobufExporter({ url }))
    await runApp('by-json', new JsonExporter({ url }))
    const lines = await spendOf('by-protobuf', 'by-json')
    for (const service of ['by-protobuf', 'by-json']) {
      expect(lines).toContainEqual(
        expect.objectContaining({ service, commit: '1.4.2', operation: 'GET /users/*/orders', usd: USD }),
      )
    }
  })

  it('explains the spans of a trace that it has received', async () => {
    const trace = await runApp('explained', new ProtobufExporter({ url: `${dev.otlpUrl}/v1/traces` }))
    const { code, out } = await runTollgate(['explain', '--json', '--trace', trace, '--url', dev.apiUrl])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual([
      expect.objectContaining({ traceId: trace, service: 'explained', rule: 'entry', totalUsd: '0.00000086667' }),
    ])
    const unknown = await runTollgate(['explain', '--trace', '0123456789abcdef', '--url', dev.apiUrl])
    expect(unknown).toMatchObject({
      code: 1,
      error: expect.stringContaining('holds no span of trace 0123456789abcdef'),
    })
  })

  it.each(['--port', '--api-port'])(
    'ends at once, and says which option chooses another, where the port of %s is taken',
    async (option) => {
      const taken = new URL(dev.apiUrl).port
      const free = option === '--port' ? '--api-port' : '--port'
      const { code, error } = await runTollgate(['dev', option, taken, free, '0', '--configuration', configuration])
      expect(code).toBe(1)
      expect(inOneLine(error)).toContain(`port ${taken} on 127.0.0.1 is taken`)
      expect(inOneLine(error)).toContain(`choose another one with ${option}`)
    },
  )

  it('wants two ports', async () => {
    const { code, error } = await runTollgate(['dev', '--port', '4320', '--api-port', '4320'])
    expect(code).toBe(2)
    expect(inOneLine(error)).toContain('--port and --api-port are both 4320')
  })

  it('goes on from its data folder after a restart', async () => {
    await runApp('kept', new ProtobufExporter({ url: `${dev.otlpUrl}/v1/traces` }))
    const before = await spendOf('kept')
    await dev.stop()
    dev = await startDev()
    expect(await spendOf('kept')).toEqual(before)
    await runApp('new', new ProtobufExporter({ url: `${dev.otlpUrl}/v1/traces` }))
    expect(await spendOf('kept', 'new')).toHaveLength(2)
  })
})
