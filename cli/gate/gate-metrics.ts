import type { Decision } from '../../layers/core/flags/decide.ts'
import type { HeldFlags } from '../../layers/core/flags/held-flags.ts'

export type PollOutcome = 'changed' | 'unchanged' | 'failed'

export interface GateMetrics {
  /** `workMs`: the gate's own work for this decision. */
  countDecision(decision: Decision, workMs: number): void
  countPoll(outcome: PollOutcome): void
  /** All metrics in the Prometheus text format, version 0.0.4. `held` and its age are shown as they are now. */
  render(held: HeldFlags | undefined, monotonicMs: number): string
}

/** Causes that a flag or its absence gives; everything else is failing open. */
const JUDGED: readonly string[] = ['no-flag', 'within', 'exempt'] satisfies Extract<
  Decision,
  { admitted: true }
>['why'][]
/** Only services that have flags are refused, so their number is bounded; the rest is told together. */
const SERVICES_MAX = 1_000
const WORK_BUCKETS_MS = [0.05, 0.1, 0.25, 0.5, 1, 5]

/** Counts what a gate does, in memory. */
export function createGateMetrics(): GateMetrics {
  const admitted = new Map<string, number>([
    ['no-flag', 0],
    ['within', 0],
    ['exempt', 0],
  ])
  const open = new Map<string, number>(
    ['no-service', 'no-flags', 'old-flags', 'expired-flag', 'error'].map((cause) => [cause, 0]),
  )
  const refused = new Map<string, number>()
  const polls = new Map<string, number>()
  const work = new Array<number>(WORK_BUCKETS_MS.length + 1).fill(0)
  let workSumMs = 0
  let decisions = 0

  return {
    countDecision(decision, workMs) {
      decisions += 1
      workSumMs += workMs
      const bucket = WORK_BUCKETS_MS.findIndex((most) => workMs <= most)
      const place = bucket < 0 ? WORK_BUCKETS_MS.length : bucket
      work[place] = (work[place] ?? 0) + 1
      if (decision.admitted) increment(JUDGED.includes(decision.why) ? admitted : open, decision.why)
      else increment(refused, refused.size < SERVICES_MAX || refused.has(decision.service) ? decision.service : '*')
    },
    countPoll: (outcome) => increment(polls, outcome),
    render: (held, monotonicMs) =>
      [
        ...counters(
          'tollgate_gate_admitted_total',
          'Requests admitted by their flag or for want of one.',
          'why',
          admitted,
        ),
        ...counters(
          'tollgate_gate_fail_open_total',
          'Requests admitted because the gate could not judge.',
          'cause',
          open,
        ),
        ...counters('tollgate_gate_refused_total', 'Requests refused.', 'service', refused),
        ...counters('tollgate_gate_polls_total', 'Polls of the flags document.', 'outcome', polls),
        ...gauge('tollgate_gate_flags', 'Flags held.', held?.byService.size ?? 0),
        ...gauge(
          'tollgate_gate_flags_unreadable',
          'Flags of the document that could not be read.',
          held?.unreadable ?? 0,
        ),
        ...gauge(
          'tollgate_gate_flags_age_seconds',
          'Since the flags were last confirmed; NaN before the first document.',
          held === undefined ? 'NaN' : (monotonicMs - held.confirmedAt) / 1000,
        ),
        ...histogram(work, workSumMs, decisions),
        '',
      ].join('\n'),
  }
}

const increment = (counts: Map<string, number>, key: string): unknown => counts.set(key, (counts.get(key) ?? 0) + 1)

function counters(name: string, help: string, label: string, counts: ReadonlyMap<string, number>): readonly string[] {
  const lines = [...counts].map(([value, count]) => `${name}{${label}="${escaped(value)}"} ${count}`)
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines]
}

const gauge = (name: string, help: string, value: number | string): readonly string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} gauge`,
  `${name} ${value}`,
]

function histogram(work: readonly number[], sumMs: number, count: number): readonly string[] {
  const name = 'tollgate_gate_work_seconds'
  let below = 0
  const buckets = WORK_BUCKETS_MS.map((most, place) => {
    below += work[place] ?? 0
    return `${name}_bucket{le="${most / 1000}"} ${below}`
  })
  return [
    `# HELP ${name} The gate's own work for a decision.`,
    `# TYPE ${name} histogram`,
    ...buckets,
    `${name}_bucket{le="+Inf"} ${count}`,
    `${name}_sum ${sumMs / 1000}`,
    `${name}_count ${count}`,
  ]
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }
const escaped = (label: string): string => label.replace(/[\\"\n]/g, (character) => ESCAPES[character] ?? character)
