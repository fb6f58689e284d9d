import { type Decision, decide } from '../core/flags/decide.ts'
import type { HeldFlags } from '../core/flags/held-flags.ts'
import { type HttpAnswer, refusal } from '../core/flags/refusal.ts'
import { traceIdOf } from '../core/flags/traceparent.ts'
import type { EpochMs } from '../core/time/instants.ts'
import type { EdgeSettings } from './settings.ts'
import { documentFetcher } from './source/fetch-document.ts'
import { type DocumentPoll, pollDocument } from './source/poll-document.ts'
import { createGetSigner } from './source/sign-get.ts'
import { type Clocks, serverNow } from './source/trusted-now.ts'
import { type CostAttributes, costOfSpan } from './span/cost-of-span.ts'
import { makeCostProcessor } from './span/cost-processor.ts'
import type { EndingSpan } from './span/ending-span.ts'
import { activeTraceId } from './telemetry/api-globals.ts'

/** A request that a service is asked to serve. */
export interface EdgeRequest {
  readonly method: string
  /** With or without its query. */
  readonly path: string
  /** The W3C header, where there is one. */
  readonly traceparent: string | undefined
}

/** What one process holds of Tollgate: prices for its spans, and the flag for its requests. */
export interface Edge {
  /** Puts costs on spans; one processor for all tracer providers. */
  readonly processor: ReturnType<typeof makeCostProcessor>
  /** What is put on a span that ends; undefined where it is not charged. Never throws. */
  costOf(span: EndingSpan): CostAttributes
  /** The answer to a request that the service's flag refuses; undefined: serve it. Never throws. `service` stands in for the edge's own. */
  refusalOf(request: EdgeRequest, service?: string): HttpAnswer | undefined
  /** Fetches what is due, in the background; flags once a refusal was asked for. Cheap, never throws. */
  wake(): void
  /** Fetches both documents now; resolves when that has ended, however it did. */
  refresh(): Promise<void>
  stop(): void
}

export interface EdgePorts {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clocks: Clocks
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** A refresh is due every 10 minutes and prices hold for 15: a minute later is early enough. */
const BOOK_REFRESH_MS = 60_000
/** A service obeys its flag within 10 s: 5 are the gate's own, and beside it another 2 cost nothing. */
const FLAGS_REFRESH_MS = { loopback: 2_000, remote: 5_000 }
/** Flags that nobody has confirmed for so long are old, and admit, as the gate has it. */
const FLAGS_MAX_AGE_MS = 60_000
const TIMEOUT_MS = 3_000
const FROZEN_MS = 5_000
const LOOPBACK = /^(127\.|localhost$|\[::1\]$)/

/** Starts an edge: the price book is asked for at once, in the background, flags at the first request that is judged. Never throws. */
export function createEdge(settings: EdgeSettings, ports: EdgePorts): Edge {
  const { log } = settings
  const documents = () => import('./documents.ts')
  const book = follow(settings, ports, 'prices', '/v1/prices/book', BOOK_REFRESH_MS, async (json) =>
    (await documents()).readBook(json),
  )
  const flags = follow(settings, ports, 'flags', '/v1/flags', flagsRefreshMs(settings), async (json) =>
    (await documents()).readFlags(json),
  )
  let spansService: string | undefined
  // Who never asks for a refusal has no use for flags: a thousand sandboxes that only want costs would poll for nothing.
  let asksForFlags = false
  const wakeBoth = (): void => {
    book?.wake()
    if (asksForFlags) flags?.wake()
  }
  // Elsewhere timers do it, and a span costs no look at the clock.
  const wake = settings.isLambda ? wakeBoth : () => {}
  const price = costOfSpan({
    inForce: () => book?.held()?.value,
    bookState: () => book?.state() ?? 'not-configured',
    now: () => nowOf(book, ports.clocks),
    observeService(service) {
      spansService = service
    },
  })
  const costOf = openly(log, { 'cost.error': 'defect' }, price)
  const refusalOf = openly(log, undefined, (request: EdgeRequest, service?: string): HttpAnswer | undefined => {
    if (!asksForFlags) {
      asksForFlags = true
      flags?.wake()
    }
    wake()
    const asked = service ?? settings.service ?? spansService ?? settings.ambientService
    const decision = judge(flags, ports.clocks, asked, request)
    return decision.admitted ? undefined : refusal(decision)
  })

  wakeBoth()
  return {
    processor: makeCostProcessor({
      costOf,
      wake,
      observeNoHook: () => log(`tollgate edge: no costs on spans: ${NO_HOOK}`),
    }),
    costOf,
    refusalOf,
    wake: wakeBoth,
    async refresh() {
      await Promise.all([book?.refresh(), flags?.refresh()])
    },
    stop() {
      book?.stop()
      flags?.stop()
    },
  }
}

/** What to do where the SDK is too old. */
export const NO_HOOK =
  'this OpenTelemetry SDK has no SpanProcessor.onEnding (sdk-trace-base 2.3.0); update it, or wrap the exporter with costExporter'

function follow<T>(
  { url, signRegion, isLambda, log }: EdgeSettings,
  { environment, clocks, random }: EdgePorts,
  name: 'prices' | 'flags',
  path: string,
  refreshMs: number,
  read: (json: unknown) => Promise<T | undefined>,
): DocumentPoll<T> | undefined {
  if (url === undefined) return undefined
  const sign = signRegion === undefined ? undefined : createGetSigner(signRegion, environment, clocks.wallMs)
  return pollDocument({
    fetchDocument: documentFetcher(new URL(url + path), TIMEOUT_MS, sign),
    read,
    refreshMs,
    frozenMs: FROZEN_MS,
    hasTimers: !isLambda,
    clocks,
    random,
    observeState: (state) => log(`tollgate edge: ${name} ${state === 'ok' ? 'in reach' : `out of reach: ${state}`}`),
  })
}

const flagsRefreshMs = ({ url }: EdgeSettings): number =>
  url !== undefined && LOOPBACK.test(new URL(url).hostname) ? FLAGS_REFRESH_MS.loopback : FLAGS_REFRESH_MS.remote

function nowOf(poll: DocumentPoll<unknown> | undefined, clocks: Clocks): EpochMs {
  const confirmed = poll?.held()?.confirmed
  return (confirmed === undefined ? clocks.wallMs() : serverNow(confirmed, clocks)) as EpochMs
}

function judge(
  flags: DocumentPoll<HeldFlags['byService']> | undefined,
  clocks: Clocks,
  service: string,
  { traceparent, ...request }: EdgeRequest,
): Decision {
  const now = () => nowOf(flags, clocks)
  const traceId = traceIdOf(traceparent) ?? activeTraceId() ?? crypto.randomUUID()
  const held = () => heldFlags(flags)
  return decide({ held, maxAgeMs: FLAGS_MAX_AGE_MS, now, monotonicMs: now }, service, traceId, request)
}

function heldFlags(flags: DocumentPoll<HeldFlags['byService']> | undefined): HeldFlags | undefined {
  const held = flags?.held()
  if (held === undefined) return undefined
  return { byService: held.value, etag: undefined, unreadable: 0, confirmedAt: held.confirmed.serverMs }
}

/** Runs what must never harm its host: a defect of ours answers `instead`, and is logged once. */
function openly<Arguments extends readonly unknown[], Result>(
  log: (line: string) => void,
  instead: Result,
  run: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  let isLogged = false
  return (...given) => {
    try {
      return run(...given)
    } catch (error) {
      if (!isLogged) log(`tollgate edge: a defect, please report it: ${error instanceof Error ? error.stack : error}`)
      isLogged = true
      return instead
    }
  }
}
