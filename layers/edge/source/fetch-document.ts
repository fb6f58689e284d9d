import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { untraced } from '../telemetry/api-globals.ts'
import type { SignGet } from './sign-get.ts'

/** What came of one GET; `servedAt` is the server's own clock, epoch ms, undefined where it does not say. */
export type Fetched =
  | { readonly kind: 'unchanged'; readonly servedAt: number | undefined }
  | {
      readonly kind: 'document'
      readonly text: string
      readonly etag: string | undefined
      readonly servedAt: number | undefined
    }

/**
 * A document could not be had. `cause` is one of few words, for `cost.error` and the log: `unreachable`, `timeout`, `certificate`,
 * `status-503`, `too-large`, `unreadable`, `no-credentials`.
 */
export class NoDocument extends Error {
  override readonly name = 'NoDocument'
  readonly why: string
  constructor(why: string) {
    super(why)
    this.why = why
  }
}

/** A Lambda function answers with at most 6 MB; a document that is larger is none of ours. */
const BODY_BYTES_MAX = 6 * 2 ** 20

/** One connection a server, kept: a free socket holds no process open. */
const agents = {
  'http:': new HttpAgent({ keepAlive: true, maxSockets: 2 }),
  'https:': new HttpsAgent({ keepAlive: true, maxSockets: 2 }),
}

/**
 * Makes the GET of one document, over node:http: a Lambda function has it loaded, other than `fetch`. Given up after
 * `timeoutMs`, whatever the server does; never follows a redirect, never holds a process open, leaves no span.
 * The returned function throws NoDocument.
 */
export function documentFetcher(url: URL, timeoutMs: number, sign: SignGet | undefined) {
  return async (etag: string | undefined): Promise<Fetched> => {
    const asked = { accept: 'application/json', ...(etag === undefined ? {} : { 'if-none-match': etag }) }
    const headers = sign === undefined ? asked : sign(url, asked)
    if (headers === undefined) throw new NoDocument('no-credentials')
    const { status, etag: tag, date, text } = await get(url, headers, timeoutMs)
    const servedAt = instantOf(date)
    if (status === 304 && etag !== undefined) return { kind: 'unchanged', servedAt }
    if (status !== 200) throw new NoDocument(`status-${status}`)
    return { kind: 'document', text, etag: tag, servedAt }
  }
}

interface Answer {
  readonly status: number
  readonly etag: string | undefined
  readonly date: string | undefined
  readonly text: string
}

function get(url: URL, headers: Readonly<Record<string, string>>, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const isHttps = url.protocol === 'https:'
    const options = { headers, agent: agents[isHttps ? 'https:' : 'http:'] }
    const request = untraced(() => (isHttps ? httpsRequest : httpRequest)(url, options))
    const deadline = setTimeout(() => request.destroy(new NoDocument('timeout')), timeoutMs).unref()
    const settle = (): void => clearTimeout(deadline)
    request.on('socket', (socket) => socket.unref())
    request.on('error', (error) => {
      settle()
      reject(asNoDocument(error))
    })
    request.on('response', (response) => {
      readBounded(request, response).then(
        (text) => {
          settle()
          resolve({ status: response.statusCode ?? 0, etag: response.headers.etag, date: response.headers.date, text })
        },
        (error: unknown) => {
          settle()
          reject(asNoDocument(error))
        },
      )
    })
    request.end()
  })
}

async function readBounded(request: ClientRequest, response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_BYTES_MAX) {
      const tooLarge = new NoDocument('too-large')
      request.destroy(tooLarge)
      throw tooLarge
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Codes of node:tls and OpenSSL for a certificate that is not to be trusted, or not yet, or no longer. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/

function asNoDocument(error: unknown): NoDocument {
  if (error instanceof NoDocument) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return new NoDocument(CERTIFICATE.test(code) ? 'certificate' : 'unreachable')
}

function instantOf(date: string | undefined): number | undefined {
  const at = date === undefined ? Number.NaN : Date.parse(date)
  return Number.isNaN(at) ? undefined : at
}
