import { edge } from './process-edge.ts'

/** What is used of Hono's context. */
interface HonoContext {
  readonly req: {
    readonly method: string
    readonly path: string
    header(name: string): string | undefined
  }
}

/** `app.use(tollgate())`: answers 429 to what the service's flag refuses. */
export function tollgate({ service }: { readonly service?: string } = {}) {
  return async ({ req }: HonoContext, next: () => Promise<void>): Promise<Response | undefined> => {
    const request = { method: req.method, path: req.path, traceparent: req.header('traceparent') }
    const refused = edge().refusalOf(request, service)
    if (refused !== undefined) return new Response(refused.body, { status: refused.status, headers: refused.headers })
    await next()
    return undefined
  }
}
