import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SignGet } from '../../layers/adapters/request-signer.ts'
import { type DecideSettings, type Decision, decide } from '../../layers/core/flags/decide.ts'
import type { GatedRequest } from '../../layers/core/flags/exemption.ts'
import type { HttpAnswer } from '../../layers/core/flags/refusal.ts'
import { traceIdOf } from '../../layers/core/flags/traceparent.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { answerTo } from './answer.ts'
import { type AnswerDocument, documents } from './documents.ts'
import { documentFetcher } from './fetch-document.ts'
import { flagsFetcher } from './fetch-flags.ts'
import { createGateMetrics, type GateMetrics, type PollOutcome } from './gate-metrics.ts'
import { type GatePath, parseGatePath } from './gate-path.ts'
import { type FlagsPoll, pollFlags } from './poll-flags.ts'
import { relayBook } from './relay-book.ts'

export interface GateSettings {
  /** The flags document: `https://.../v1/flags`. */
  readonly flagsUrl: URL
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** Pause between polls, ms. */
  readonly pollMs: number
  /** A poll is given up after so many ms. */
  readonly timeoutMs: number
  /** Flags that could not be confirmed for so long admit everything, ms. */
  readonly maxAgeMs: number
  /** Signs the polls; undefined where the document is served to anybody. */
  readonly sign: SignGet | undefined
  /** The clock by which flags expire. */
  readonly now: () => EpochMs
  /** Gets every poll's outcome, and the error of one that failed. */
  readonly observePoll: (outcome: PollOutcome, error?: unknown) => void
}

export interface Gate {
  readonly url: string
  readonly port: number
  /** Polls at once; resolves when the poll has ended, however it did. */
  refresh(): Promise<void>
  close(): Promise<void>
}

/** The gate cannot listen where it was told to. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen'
  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const why = cause.code === 'EADDRINUSE' ? 'something else listens there' : (cause.code ?? cause.message)
    super(`the gate cannot listen on ${host}:${port}: ${why}. Choose another port or address.`)
  }
}

/** Proxies pass on what strangers send: Envoy takes 60 KiB of headers, and node's own 16 would refuse them. */
const HEADER_BYTES_MAX = 128 * 1024
/** Longer than proxies keep idle connections (NGINX and Envoy: 60 s), so that they, and not the gate, close them. */
const KEEP_ALIVE_MS = 90_000

/**
 * Starts the gate: it holds the flags in memory and answers proxies beside it, failing open on everything.
 * It listens at once and admits everything until the first document has come.
 * @throws CannotListen
 */
export async function startGate(settings: GateSettings): Promise<Gate> {
  const metrics = createGateMetrics()
  const poll = pollFlags({
    fetchFlags: flagsFetcher(settings.flagsUrl, settings.timeoutMs, settings.sign),
    intervalMs: settings.pollMs,
    monotonicMs,
    random: Math.random,
    observe(outcome, error) {
      metrics.countPoll(outcome)
      settings.observePoll(outcome, error)
    },
  })
  const deciding = { held: poll.held, maxAgeMs: settings.maxAgeMs, now: settings.now, monotonicMs }
  try {
    const readBook = relayBook({ fetchBook: bookFetcher(settings), monotonicMs })
    return await listen(settings, requestListener(deciding, documents(deciding, readBook), metrics), poll, metrics)
  } catch (error) {
    poll.stop()
    throw error
  }
}

/** The book stands beside the flags: `/v1/prices/book` and `/v1/flags`. */
const bookFetcher = ({ flagsUrl, timeoutMs, sign }: GateSettings) =>
  documentFetcher(new URL('prices/book', flagsUrl), timeoutMs, sign)

const monotonicMs = (): number => performance.now()

type Listener = (request: IncomingMessage, response: ServerResponse) => void

function listen(settings: GateSettings, answer: Listener, poll: FlagsPoll, metrics: GateMetrics): Promise<Gate> {
  const options = { maxHeaderSize: HEADER_BYTES_MAX, keepAliveTimeout: KEEP_ALIVE_MS }
  const server = createServer(options, answer)
  server.on('checkExpectation', answer)
  server.on('clientError', (_error, socket) => admitUnreadable(socket, metrics))
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new CannotListen(settings.host, settings.port, error)))
    server.listen(settings.port, settings.host, () => {
      const { port } = server.address() as AddressInfo
      resolve({
        url: `http://${settings.host}:${port}`,
        port,
        refresh: poll.refresh,
        close: () =>
          new Promise((closed) => {
            poll.stop()
            server.close(() => closed())
            server.closeAllConnections()
          }),
      })
    })
  })
}

function requestListener(deciding: DecideSettings, documentFor: AnswerDocument, metrics: GateMetrics): Listener {
  return (request, response) => {
    // A body says nothing to the gate; unread it would hold the connection up.
    request.resume()
    const target = request.url ?? '/'
    if (target === '/healthz') return send(response, health(deciding))
    if (target === '/metrics') return send(response, metricsText(deciding, metrics))
    const document = documentFor(target, request)
    if (document !== undefined) return void document.then((answer) => send(response, answer))
    const startedAt = monotonicMs()
    const path = parseGatePath(target, headerOf(request, 'x-tollgate-service'))
    const decision = decideOpenly(deciding, path.service, headerOf(request, 'traceparent'), gatedRequest(request, path))
    send(response, answerTo(path.dialect, decision))
    metrics.countDecision(decision, monotonicMs() - startedAt)
  }
}

/** Without a trace each request is one of its own. Whatever goes wrong admits. */
function decideOpenly(
  deciding: DecideSettings,
  service: string | undefined,
  traceparent: string | undefined,
  request: GatedRequest | undefined,
): Decision {
  try {
    return decide(deciding, service, traceIdOf(traceparent) ?? randomUUID(), request)
  } catch {
    return { admitted: true, why: 'error' }
  }
}

/**
 * What the client asked for: Envoy asks with the client's method and path, and passes on what headers a stranger likes; the others
 * say it in two headers, which their configuration sets. Undefined where it is not known.
 */
function gatedRequest(request: IncomingMessage, { dialect, original }: GatePath): GatedRequest | undefined {
  if (dialect === 'envoy') return { method: request.method ?? '', path: original ?? '' }
  const method = headerOf(request, 'x-original-method')
  const path = headerOf(request, 'x-original-uri')
  return method === undefined || path === undefined ? undefined : { method, path }
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/** A request that node cannot parse came through a proxy that could: it is admitted, as every error is. */
function admitUnreadable(socket: Duplex, metrics: GateMetrics): void {
  if (!socket.writable) return
  metrics.countDecision({ admitted: true, why: 'error' }, 0)
  socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
}

const JSON_TYPE = { 'content-type': 'application/json' }

/** A gate that fails open is alive: `flags` says whether it can judge. */
function health({ held, maxAgeMs, monotonicMs: clock }: DecideSettings): HttpAnswer {
  const now = held()
  const flags = now === undefined ? 'none' : clock() - now.confirmedAt > maxAgeMs ? 'old' : 'fresh'
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ status: 'ok', flags }) }
}

const metricsText = ({ held, monotonicMs: clock }: DecideSettings, metrics: GateMetrics): HttpAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
  body: metrics.render(held(), clock()),
})
