import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { listenOnLoopback } from '../local/http.ts'
import { startApplication } from '../test/integration/edge/application.ts'
import { setStage } from '../test/integration/edge/stage.ts'
import { startEngine } from '../test/integration/engines/engine-process.ts'
import { freePort } from '../test/integration/engines/free-port.ts'

/**
 * Makes docs/edge.png: Zipkin with a trace of the tests' Express service, as its SDK exports it with the edge. Needs Java, Maven and
 * Debian's chromium. `npx node scripts/make-edge-picture.ts`
 */

const ZIPKIN = '3.5.1'
const PICTURE = fileURLToPath(new URL('../docs/edge.png', import.meta.url))
const CACHE = fileURLToPath(new URL(`../.cache/engines/zipkin-${ZIPKIN}/`, import.meta.url))
const NS_PER_US = 1_000n
const KINDS = ['', '', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']

/** OTLP in JSON, as much as Zipkin has a place for. */
interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: Attributes
}
type Attributes = readonly { readonly key: string; readonly value: Value }[]
interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes }
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[]
  }[]
}

type Value = Readonly<Record<string, unknown>>

/** Lists become text, their values with commas between. */
function textOf(value: Value): string {
  const [said] = Object.values(value)
  const isList = typeof said === 'object' && said !== null && 'values' in said && Array.isArray(said.values)
  return isList ? (said.values as readonly Value[]).map(textOf).join(', ') : String(said)
}

const tagsOf = (attributes: Attributes): Record<string, string> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, textOf(value)]))

/** Zipkin's own model, version 2. */
const zipkinSpans = ({ resourceSpans }: OtlpRequest) =>
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const serviceName = tagsOf(resource.attributes)['service.name']
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => {
        const start = BigInt(span.startTimeUnixNano)
        return {
          ...{ traceId: span.traceId, id: span.spanId, parentId: span.parentSpanId || undefined, name: span.name },
          kind: KINDS[span.kind] || undefined,
          timestamp: Number(start / NS_PER_US),
          duration: Number((BigInt(span.endTimeUnixNano) - start) / NS_PER_US) || 1,
          localEndpoint: { serviceName },
          tags: tagsOf(span.attributes),
        }
      }),
    )
  })

function zipkinJar(): string {
  const jar = join(CACHE, `zipkin-server-${ZIPKIN}-exec.jar`)
  const artifact = `-Dartifact=io.zipkin:zipkin-server:${ZIPKIN}:jar:exec`
  if (!existsSync(jar)) execFileSync('mvn', ['-q', '-B', 'dependency:copy', artifact, `-DoutputDirectory=${CACHE}`])
  return jar
}

async function drawTrace(url: string): Promise<void> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync']
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args })
  const page = await browser.newPage({ viewport: { width: 1240, height: 600 } })
  await page.goto(url)
  await page.getByText('checkout: dynamodb.getitem').click({ timeout: 30_000 })
  await page.getByText('Annotation', { exact: true }).click()
  await page.getByText('cost.amount_exact').scrollIntoViewIfNeeded()
  // The panel closes in its own time.
  await pause(1_000)
  await page.screenshot({ path: PICTURE })
  await browser.close()
}

await using opened = new AsyncDisposableStack()
const port = await freePort()
const zipkin = await startEngine('java', ['-Xmx256m', '-jar', zipkinJar(), `--server.port=${port}`], {
  ready: /Serving HTTP/,
})
opened.defer(zipkin.terminate)
const converter = await listenOnLoopback(async (request, response) => {
  const body = JSON.stringify(zipkinSpans((await json(request)) as OtlpRequest))
  const headers = { 'content-type': 'application/json' }
  await fetch(`http://127.0.0.1:${port}/api/v2/spans`, { method: 'POST', headers, body })
  response.writeHead(200, headers).end('{}')
})
opened.defer(converter.close)
const stage = await setStage()
opened.defer(stage.close)
const environment = { ...stage.environment('checkout'), OTEL_EXPORTER_OTLP_ENDPOINT: converter.url }
const application = await startApplication(stage.project, 'express.mjs', environment)
opened.defer(application.close)
const ask = (headers = {}) => fetch(`${application.url}/orders/7`, { headers })
// The first requests of a process are slow, and may come before its prices.
for (let warm = 0; warm < 50; warm += 1) await ask()
const traceId = randomBytes(16).toString('hex')
await ask({ traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` })
await pause(2_000)
await drawTrace(`http://127.0.0.1:${port}/zipkin/traces/${traceId}`)
