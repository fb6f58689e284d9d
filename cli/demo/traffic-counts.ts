import { SERVICE_NAMES, SERVICES, type ServiceName } from './services.ts'

/** What the gate answered to requests of one service. */
interface GateCounts {
  /** The service's identity. */
  readonly service: string
  readonly allowed: number
  readonly denied: number
}

export interface TrafficCounts {
  /** Requests of the world, admitted or not. */
  readonly requests: number
  /** Spans that the receiver accepted. */
  readonly spans: number
  /** One for each service, by identity. */
  readonly gate: readonly GateCounts[]
}

/** Counts a stretch of traffic as it goes. */
export interface Tally {
  addRequest(): void
  addSpans(count: number): void
  addAnswer(service: ServiceName, admitted: boolean): void
  counts(): TrafficCounts
}

export function createTally(): Tally {
  let requests = 0
  let spans = 0
  const allowed = new Map<ServiceName, number>()
  const denied = new Map<ServiceName, number>()
  return {
    addRequest: () => {
      requests += 1
    },
    addSpans: (count) => {
      spans += count
    },
    addAnswer: (service, admitted) => {
      const answers = admitted ? allowed : denied
      answers.set(service, (answers.get(service) ?? 0) + 1)
    },
    counts: () => ({
      requests,
      spans,
      gate: SERVICE_NAMES.map((name) => ({
        service: SERVICES[name].identity,
        allowed: allowed.get(name) ?? 0,
        denied: denied.get(name) ?? 0,
      })).sort((a, b) => (a.service < b.service ? -1 : 1)),
    }),
  }
}

/** The counts of two stretches together. */
export function sumCounts(one: TrafficCounts, other: TrafficCounts): TrafficCounts {
  return {
    requests: one.requests + other.requests,
    spans: one.spans + other.spans,
    gate: one.gate.map((answers) => {
      const more = other.gate.find((candidate) => candidate.service === answers.service)
      return {
        service: answers.service,
        allowed: answers.allowed + (more?.allowed ?? 0),
        denied: answers.denied + (more?.denied ?? 0),
      }
    }),
  }
}
