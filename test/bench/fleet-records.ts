import type { EpochMs } from '../../layers/core/time/instants.ts'
import { benchSpan } from './bench-span.ts'
import { randomOf, resourceAttributes } from './msk-event.ts'
import { type BenchSpan, otlpRequest } from './otlp-request.ts'

/** What a fleet sends. */
export interface Traffic {
  readonly services: number
  /** Request patterns of each service. */
  readonly operations: number
  readonly spansPerRecord: number
}

/** One span in so many has no parent: the world asked for it. */
const FRONT_DOOR_EVERY = 20

/**
 * Export requests as Collectors make them that see all services of the fleet, alike busy: each span is of a service at random.
 * No traffic is dearer to book: each record holds as many services as it can.
 */
export function fleetRecords(traffic: Traffic, count: number, now: EpochMs): Uint8Array[] {
  const { services, operations, spansPerRecord } = traffic
  const random = randomOf(services * 1000 + operations)
  const source = { shape: 'http', operations, now, random } as const
  return Array.from({ length: count }, () => {
    const byService = new Map<number, BenchSpan[]>()
    for (let place = 0; place < spansPerRecord; place += 1) {
      const service = Math.floor(random() * services)
      const span = benchSpan(source)
      const spans = byService.get(service) ?? []
      spans.push(place % FRONT_DOOR_EVERY === 0 ? { ...span, parentSpanId: new Uint8Array() } : span)
      byService.set(service, spans)
    }
    return otlpRequest([...byService].map(([service, spans]) => ({ attributes: resourceAttributes(service), spans })))
  })
}
