import type { TracerProvider } from '@opentelemetry/api'
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base'

/** What a tracer provider of the SDK, 2.3.0 or later, keeps its processors in. The SDK has no public way to add one. */
interface Joinable {
  readonly _activeSpanProcessor: { readonly _spanProcessors: SpanProcessor[]; onEnding(span: unknown): void }
}

/**
 * Adds a processor to a provider that the application has made. Answers `joined`, `no-hook` where its SDK has no `onEnding`, or
 * `not-an-sdk` where the provider keeps its processors otherwise, which is no harm: its spans stay as they are.
 */
export function joinProvider(provider: TracerProvider, processor: SpanProcessor): 'joined' | 'no-hook' | 'not-an-sdk' {
  if (isJoinable(provider)) {
    const processors = provider._activeSpanProcessor._spanProcessors
    if (!processors.includes(processor)) processors.unshift(processor)
    return 'joined'
  }
  return '_activeSpanProcessor' in provider ? 'no-hook' : 'not-an-sdk'
}

function isJoinable(provider: object): provider is Joinable {
  const { _activeSpanProcessor: active } = provider as Partial<Joinable>
  return Array.isArray(active?._spanProcessors) && typeof active.onEnding === 'function'
}
