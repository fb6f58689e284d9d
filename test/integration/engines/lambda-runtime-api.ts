import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One event on its way into an execution environment. */
interface Dispatch {
  readonly requestId: string
  /** JSON. */
  readonly event: string
  /** Epoch ms at which the function's time is over. */
  readonly deadline: number
  readonly functionArn: string
  /** `X-Amzn-Trace-Id`. */
  readonly traceId: string
}

/** What a runtime says to Lambda. Bodies are JSON. */
export type RuntimeCall =
  /** It has nothing to do: ready after its initialization, or done with an invocation. */
  | { readonly kind: 'next' }
  | { readonly kind: 'response' | 'error'; readonly requestId: string; readonly body: string }
  | { readonly kind: 'init-error'; readonly body: string }

/** The Lambda Runtime API of one execution environment. */
export interface RuntimeApi {
  /** `AWS_LAMBDA_RUNTIME_API`: `127.0.0.1:PORT`. */
  readonly address: string
  /** Answers the `next` that waits. */
  dispatch(dispatch: Dispatch): void
  close(): Promise<void>
}

const ROOT = '/2018-06-01/runtime/'

/**
 * Serves the documented Runtime API to one runtime (Lambda guide, runtimes-api): `invocation/next`, which waits,
 * `invocation/<id>/response`, `invocation/<id>/error` and `init/error`.
 */
export async function serveRuntimeApi(heard: (call: RuntimeCall) => void): Promise<RuntimeApi> {
  let waiting: ServerResponse | undefined
  const server = createServer(async (request, response) => {
    const call = await readCall(request)
    if (call === undefined) return void response.writeHead(404).end()
    if (call.kind === 'next') waiting = response
    else response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}\n')
    heard(call)
  })
  server.keepAliveTimeout = 0 // a frozen runtime keeps its connection
  server.requestTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    dispatch: ({ requestId, event, deadline, functionArn, traceId }) => {
      waiting?.writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': requestId,
        'lambda-runtime-deadline-ms': String(deadline),
        'lambda-runtime-invoked-function-arn': functionArn,
        'lambda-runtime-trace-id': traceId,
      })
      waiting?.end(event)
      waiting = undefined
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function readCall(request: IncomingMessage): Promise<RuntimeCall | undefined> {
  const path = request.url?.startsWith(ROOT) ? request.url.slice(ROOT.length) : ''
  if (request.method === 'GET') return path === 'invocation/next' ? { kind: 'next' } : undefined
  const body = await textOf(request)
  if (path === 'init/error') return { kind: 'init-error', body }
  const [, requestId, kind] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? []
  if (requestId === undefined || (kind !== 'response' && kind !== 'error')) return undefined
  return { kind, requestId: decodeURIComponent(requestId), body }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
