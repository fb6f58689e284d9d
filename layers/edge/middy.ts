import { refusalOfEvent } from './http-event.ts'
import { edge } from './process-edge.ts'

/** `middy().use(tollgate())`: answers 429 to HTTP requests that the service's flag refuses; other events are not judged. */
export function tollgate({ service }: { readonly service?: string } = {}) {
  return {
    before: <Event>({ event }: { readonly event: Event }) => refusalOfEvent(edge(), event, service),
  }
}
