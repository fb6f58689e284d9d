import { type Arrival, arrivalsBetween } from './arrivals.ts'
import { DEMO_SCENARIO, releaseAt, type Scenario } from './scenario.ts'
import { SERVICE_NAMES, SERVICES, type ServiceName } from './services.ts'
import { visitShop } from './shop.ts'
import { createTelemetry, type OpenSpan, UNFLUSHED_SPANS_MAX } from './telemetry.ts'
import { createTally, sumCounts, type Tally, type TrafficCounts } from './traffic-counts.ts'

export interface TrafficSettings {
  /** Full URL of an OTLP/HTTP traces receiver, `http://127.0.0.1:4318/v1/traces`. */
  readonly endpoint: string
  /** An integer; the same seed, scenario, stretches and answers of the gate give the same spans. */
  readonly seed: number
  /** Virtual time at which the traffic begins, epoch ms. */
  readonly startMs: number
  readonly scenario?: Scenario
  /** The gate's answer to one request: may `service` (its identity) serve the trace? All are admitted without it. */
  readonly admit?: Admit
}

type Admit = (service: string, traceId: string) => Promise<boolean>

export interface Traffic {
  /**
   * Lets virtual time go on to `toMs` (epoch ms, not before the last one): requests that arrive until then go through the
   * shop, and every span that has ended by then is exported, in order of its end. Answers with the counts of that
   * stretch. The gate is asked as requests are made, so stretches are to be as short as a flag's effect is to be prompt.
   * @throws ExportFailed where the receiver does not take the spans
   */
  emitUntil(toMs: number): Promise<TrafficCounts>
  /**
   * Ends and exports the spans still open, and closes the connections. Answers with the counts of the whole run.
   * @throws ExportFailed
   */
  shutdown(): Promise<TrafficCounts>
}

const US_PER_MS = 1_000
const US_PER_MINUTE = 60_000_000
/** Spans ended between two flushes: no provider can come to hold more. */
const FLUSH_AFTER_SPANS = UNFLUSHED_SPANS_MAX / 2

/** The demo's traffic: five services that call each other, in virtual time, through the real OpenTelemetry SDK. */
export function createTraffic(settings: TrafficSettings): Traffic {
  const { seed, scenario = DEMO_SCENARIO, admit = async () => true } = settings
  const telemetry = createTelemetry(settings.endpoint)
  const startUs = settings.startMs * US_PER_MS
  let total = createTally().counts()
  let reachedUs = 0
  let open: readonly OpenSpan[] = []

  /** The gate is asked ahead, for every service that the request may come to: its answers to one trace stay the same. */
  const arrive = async (arrival: Arrival, tally: Tally): Promise<readonly OpenSpan[]> => {
    const answers = await askAhead(admit, arrival.traceId)
    const minute = Math.floor(arrival.atUs / US_PER_MINUTE)
    tally.addRequest()
    const visit = {
      random: arrival.random,
      modelAttempts: releaseAt(scenario, 'checkout', minute).modelAttempts,
      admit: (service: ServiceName) => {
        const admitted = answers.get(service) ?? true
        tally.addAnswer(service, admitted)
        return admitted
      },
    }
    const root = visitShop(arrival.kind, visit, startUs + arrival.atUs)
    if (root === undefined) return []
    return telemetry.start(root, arrival, (service) => releaseAt(scenario, service, minute).commit)
  }

  const endSpans = async (untilUs: number, tally: Tally): Promise<void> => {
    const ended = open.filter((span) => span.endUs <= untilUs).sort((a, b) => a.endUs - b.endUs)
    open = open.filter((span) => span.endUs > untilUs)
    for (let from = 0; from < ended.length; from += FLUSH_AFTER_SPANS) {
      const batch = ended.slice(from, from + FLUSH_AFTER_SPANS)
      for (const span of batch) span.end()
      await telemetry.flush()
      tally.addSpans(batch.length)
    }
    total = sumCounts(total, tally.counts())
  }

  return {
    emitUntil: async (toMs) => {
      const tally = createTally()
      const untilUs = toMs * US_PER_MS - startUs
      const arrivals = arrivalsBetween(scenario, seed, reachedUs, untilUs)
      reachedUs = Math.max(reachedUs, untilUs)
      const arrived: OpenSpan[] = []
      for (const arrival of arrivals) arrived.push(...(await arrive(arrival, tally)))
      open = [...open, ...arrived]
      await endSpans(startUs + untilUs, tally)
      return tally.counts()
    },
    shutdown: async () => {
      await endSpans(Number.POSITIVE_INFINITY, createTally())
      await telemetry.shutdown()
      return total
    },
  }
}

async function askAhead(admit: Admit, traceId: string): Promise<ReadonlyMap<ServiceName, boolean>> {
  const ask = async (service: ServiceName) => [service, await admit(SERVICES[service].identity, traceId)] as const
  return new Map(await Promise.all(SERVICE_NAMES.map(ask)))
}
