import { refusalOfEvent } from './http-event.ts'
import { edge } from './process-edge.ts'

/** `middy().use(tollgate())`: answers 429 to HTTP requests that the service's flag refuses; other events are not judged. */
export function tollgate({ service }: { readonly service?: string } = {}) {
  return {
    // biome-ignore lint/suspicious/noExplicitAny: middy takes a middleware's event for the handler's own, whatever that is
    before: ({ event }: { readonly event: any }) => refusalOfEvent(edge(), event, service),
  }
}
