import type { Context, ContextManager, Span, TracerProvider } from '@opentelemetry/api'

/**
 * What all copies of @opentelemetry/api 1.x in a process share, on `globalThis` under a registered symbol (the api's
 * `internal/global-utils`). Read here and not through a copy of its own: a copy in a Lambda layer that is newer than the
 * function's is refused by it, and would see nothing.
 */
interface ApiGlobals {
  trace?: TracerProvider
  context?: ContextManager
}

const KEY = Symbol.for('opentelemetry.js.api.1')
type WithApi = { [KEY]?: ApiGlobals }

const globals = (): ApiGlobals | undefined => (globalThis as WithApi)[KEY]

/** `createContextKey` registers its description: these are the api's and @opentelemetry/core's own keys. */
const SPAN_KEY = Symbol.for('OpenTelemetry Context Key SPAN')
const SUPPRESS_KEY = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** The trace id of the span that is active, 32 hex digits; undefined without one. */
export function activeTraceId(): string | undefined {
  const context = globals()?.context?.active()
  const span = context?.getValue(SPAN_KEY) as Span | undefined
  const traceId = span?.spanContext().traceId
  return traceId === undefined || /^0*$/.test(traceId) ? undefined : traceId
}

/** Runs what must leave no spans: the edge's own requests are nobody's work. */
export function untraced<T>(run: () => T): T {
  const manager = globals()?.context
  if (manager === undefined) return run()
  const context: Context = manager.active().setValue(SUPPRESS_KEY, true)
  return manager.with(context, run)
}

/** A provider that hands out those of another, which comes later: the api's ProxyTracerProvider. */
interface Proxy {
  setDelegate(delegate: TracerProvider): void
  getDelegate(): TracerProvider
}

const isProxy = (provider: object): provider is Proxy => 'setDelegate' in provider && 'getDelegate' in provider

/**
 * Calls `found` with each tracer provider that the process registers, before its first span, and with the one that is registered
 * already. Nothing is replaced: assignments are seen through, and what reads the globals reads what was written.
 */
export function watchTracerProviders(found: (provider: TracerProvider) => void): void {
  const adopt = (provider: TracerProvider | undefined): void => {
    if (!provider) return
    if (isProxy(provider)) watchDelegate(provider, found)
    else found(provider)
  }
  seeAssignments(globalThis as WithApi, KEY, (api) => {
    if (api) seeAssignments(api, 'trace', adopt)
  })
}

function watchDelegate(proxy: Proxy, found: (provider: TracerProvider) => void): void {
  const setDelegate = proxy.setDelegate.bind(proxy)
  proxy.setDelegate = (delegate) => {
    found(delegate)
    setDelegate(delegate)
  }
  found(proxy.getDelegate())
}

/** Calls `seen` with the property's value now, and with each value that it is given later. */
function seeAssignments<Owner extends object, Key extends keyof Owner>(
  owner: Owner,
  key: Key,
  seen: (value: Owner[Key]) => void,
): void {
  let current = owner[key]
  seen(current)
  Object.defineProperty(owner, key, {
    configurable: true,
    enumerable: true,
    get: () => current,
    set(value: Owner[Key]) {
      current = value
      seen(value)
    },
  })
}
