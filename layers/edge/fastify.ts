import { edge } from './process-edge.ts'

/** What is used of Fastify 4 and 5. */
interface Instance {
  addHook(name: 'onRequest', hook: (request: Request, reply: Reply, done: () => void) => void): unknown
}
interface Request {
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string | string[] | undefined }
}
interface Reply {
  code(status: number): Reply
  headers(headers: Record<string, string>): Reply
  send(body: string): unknown
}

/** `app.register(tollgate)`: answers 429 to what the service's flag refuses, on all routes. */
export function tollgate(app: Instance, { service }: { readonly service?: string }, ready: () => void): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { traceparent } = request.headers
    const said = Array.isArray(traceparent) ? traceparent[0] : traceparent
    const refused = edge().refusalOf({ method: request.method, path: request.url, traceparent: said }, service)
    if (refused === undefined) done()
    else
      reply
        .code(refused.status)
        .headers({ ...refused.headers })
        .send(refused.body)
  })
  ready()
}

// Fastify keeps a plugin's hooks to the plugin's own routes but for this mark (fastify-plugin sets it).
Object.assign(tollgate, { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: 'tollgate' })
