import { mkdtempSync, rmSync } from 'node:fs'
import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SpanKind } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { build } from 'esbuild'
import { BUDGETS, buildEdge, buildEdgeLayer, LAYER_BUDGET } from '../../scripts/build-edge.ts'
import { startLambda } from '../integration/engines/lambda-runtime.ts'
import { flagOf, serveDocuments } from '../layers/edge/stage.ts'
import { quantile } from './quantile.ts'

/**
 * Prints what the edge costs a service, as JSON: everything measured with and without it, in turn, in one run. The package is the built
 * one. `npm run -s bench:edge`; docs/edge.md says what the numbers are.
 */

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 25)
const SPANS = 10_000
const REQUESTS = 50_000
const COLD_STARTS = Number(process.env.BENCH_COLD_STARTS ?? 7)
const US_PER_MS = 1_000

const rounded = (value: number): number => Number(value.toPrecision(3))
const perEach = (ms: readonly number[], times: number) => rounded((Math.min(...ms) * US_PER_MS) / times)

const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-edge-'))
const documents = await serveDocuments([flagOf('checkout', 1)])
const { sizes } = await buildEdge(join(folder, 'edge'))
const { size: layerSize } = await buildEdgeLayer(join(folder, 'layer'))
const built: typeof import('../../layers/edge/process-edge.ts') = await import(join(folder, 'edge', 'process-edge.mjs'))
const { tollgate }: typeof import('../../layers/edge/http.ts') = await import(join(folder, 'edge', 'http.mjs'))
const processor = built.costProcessor({ url: documents.url, service: 'checkout', log: () => {} })
await built.edge().refresh()

const ended: ReadableSpan[] = []
const keeper = (isKept: boolean): SpanProcessor => ({
  onStart() {},
  onEnd(span) {
    if (isKept) ended.push(span)
  },
  forceFlush: async () => {},
  shutdown: async () => {},
})

const resource = resourceFromAttributes({ 'service.name': 'checkout', 'cloud.region': 'us-east-1' })
const tracerWith = (processors: readonly SpanProcessor[]) =>
  new BasicTracerProvider({ resource, spanProcessors: [...processors] }).getTracer('bench')
type Tracer = ReturnType<typeof tracerWith>

/** Half of them entries with an own rate, half calls of DynamoDB, with the attributes that instrumentations give them. */
function trace(tracer: Tracer, count: number): void {
  for (let made = 0; made < count; made += 2) {
    const http = { 'http.request.method': 'GET', 'url.path': '/orders/7', 'http.response.status_code': 200 }
    const request = tracer.startSpan('GET /orders/:id', { kind: SpanKind.SERVER, attributes: http })
    const call = tracer.startSpan('DynamoDB.GetItem', {
      kind: SpanKind.CLIENT,
      attributes: {
        ...{ 'rpc.system': 'aws-api', 'rpc.service': 'DynamoDB', 'rpc.method': 'GetItem', 'cloud.region': 'us-east-1' },
        'aws.dynamodb.table_names': ['orders'],
        'aws.dynamodb.consumed_capacity': ['{"TableName":"orders","CapacityUnits":0.5}'],
      },
    })
    call.end()
    request.end()
  }
}

function timed(work: () => void): number {
  const started = performance.now()
  work()
  return performance.now() - started
}

/** Measures each in turn, round after round. */
function rounds<Name extends string>(works: Readonly<Record<Name, () => number>>): Record<Name, number[]> {
  const names = Object.keys(works) as Name[]
  const measured = Object.fromEntries(names.map((name): [Name, number[]] => [name, []])) as Record<Name, number[]>
  for (let round = 0; round < ROUNDS; round += 1) for (const name of names) measured[name].push(works[name]())
  return measured
}

function measureSpans() {
  const tracers = { with: tracerWith([processor, keeper(false)]), without: tracerWith([keeper(false)]) }
  const ms = rounds({
    with: () => timed(() => trace(tracers.with, SPANS)),
    without: () => timed(() => trace(tracers.without, SPANS)),
  })
  const us = { with: perEach(ms.with, SPANS), without: perEach(ms.without, SPANS) }
  return { us: { ...us, edge: rounded(us.with - us.without), asked: 5 }, bytes: measureBytes() }
}

/** What a span that waits for its export holds more. */
function measureBytes() {
  const held = (processors: readonly SpanProcessor[]): number => {
    const tracer = tracerWith([...processors, keeper(true)])
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    trace(tracer, SPANS)
    globalThis.gc?.()
    const bytes = (process.memoryUsage().heapUsed - before) / SPANS
    ended.length = 0
    return bytes
  }
  held([])
  const bytes = { with: Math.round(held([processor])), without: Math.round(held([])) }
  return { ...bytes, edge: bytes.with - bytes.without, asked: 1_024 }
}

/** The listener alone, and behind the middleware with a flag that is in force and admits. */
function measureRequests() {
  let served = 0
  const listener: RequestListener = () => {
    served += 1
  }
  const gated = tollgate(listener)
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  Object.assign(request, { method: 'GET', url: '/orders/7' })
  const traceparents = Array.from(
    { length: 1_000 },
    (_, at) => `00-${(at + 1).toString(16).padStart(32, 'c')}-b7ad6b7169203331-01`,
  )
  const serve = (by: RequestListener) => () =>
    timed(() => {
      for (let asked = 0; asked < REQUESTS; asked += 1) {
        request.headers.traceparent = traceparents[asked % traceparents.length]
        by(request, response)
      }
    })
  const ms = rounds({ with: serve(gated), without: serve(listener) })
  if (served !== 2 * ROUNDS * REQUESTS)
    throw new Error(`${served} requests were served: the flag of the bench admits all`)
  const us = { with: perEach(ms.with, REQUESTS), without: perEach(ms.without, REQUESTS) }
  return { us: { ...us, edge: rounded(us.with - us.without), asked: 20 } }
}

/** What a function's code loads at its start, by the name of the function. */
const FUNCTIONS = {
  'that loads nothing': 'export const handler = async () => "done"',
  "with the AWS SDK's client for DynamoDB":
    'import { DynamoDBClient } from "@aws-sdk/client-dynamodb"; const client = new DynamoDBClient({}); export const handler = async () => typeof client',
}

/** How a function gets the layer. */
const WAYS = {
  without: {},
  NODE_OPTIONS: { NODE_OPTIONS: '--import /opt/tollgate/register.mjs' },
  'the wrapper, which brings the SDK': { AWS_LAMBDA_EXEC_WRAPPER: '/opt/tollgate-edge' },
}
type Way = keyof typeof WAYS
const WAY_NAMES = Object.keys(WAYS) as Way[]

interface Starts {
  readonly initMs: number[]
  readonly warmMs: number[]
}
/** After the first, which compiles. */
const WARM_INVOCATIONS = 10

/**
 * From the start of the process to its first question for an event, ms, the fastest of each way in turn; and of a warm invocation, the
 * median. The OTLP endpoint is on loopback, as a Collector's extension is.
 */
async function measureStarts(source: string) {
  const code = mkdtempSync(join(folder, 'code-'))
  await build({
    stdin: { contents: source, resolveDir: import.meta.dirname },
    ...{ outfile: join(code, 'index.cjs'), bundle: true, minify: true, platform: 'node', format: 'cjs' },
  })
  const starts = Object.fromEntries(WAY_NAMES.map((way): [Way, Starts] => [way, { initMs: [], warmMs: [] }])) as Record<
    Way,
    Starts
  >
  for (let round = 0; round < COLD_STARTS; round += 1) {
    for (const way of WAY_NAMES) await startOnce(code, WAYS[way], starts[way])
  }
  const base = Math.min(...starts.without.initMs)
  return Object.fromEntries(
    WAY_NAMES.map((way) => {
      const initMs = Math.min(...starts[way].initMs)
      const warmMs = rounded(quantile(starts[way].warmMs, 0.5))
      return [way, { initMs: rounded(initMs), ofWithout: rounded(initMs / base), warmMs }]
    }),
  )
}

async function startOnce(code: string, told: Readonly<Record<string, string>>, into: Starts): Promise<void> {
  const environment = { ...told, TOLLGATE_URL: documents.url, OTEL_EXPORTER_OTLP_ENDPOINT: documents.url }
  const lambda = await startLambda({
    ...{ name: 'cold', code, handler: 'index.handler', memoryMib: 512, timeoutMs: 10_000 },
    ...{ environment, layers: [join(folder, 'layer')] },
  })
  into.initMs.push(lambda.initMs())
  await lambda.invoke({})
  for (let warm = 0; warm < WARM_INVOCATIONS; warm += 1) into.warmMs.push((await lambda.invoke({})).durationMs)
  await lambda.close()
}

async function measureFunctions() {
  const measured: Record<string, unknown> = {}
  for (const [name, source] of Object.entries(FUNCTIONS)) measured[name] = await measureStarts(source)
  return measured
}

const result = {
  span: measureSpans(),
  request: measureRequests(),
  lambda: await measureFunctions(),
  bytes: {
    atStart: { is: sizes.get('process-edge.mjs'), budget: BUDGETS['process-edge'] },
    behindIt: { is: sizes.get('documents.mjs'), budget: BUDGETS.documents },
    layer: { is: layerSize, budget: LAYER_BUDGET },
  },
  rounds: ROUNDS,
  node: process.version,
}
built.edge().stop()
documents.close()
rmSync(folder, { recursive: true })
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
