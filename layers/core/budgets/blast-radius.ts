import type { BlastRadius } from '../configuration.ts'
import { type EpochMs, type Minute, MS_PER_MINUTE, startOfMinute } from '../time/instants.ts'
import type { BudgetState } from './state.ts'
import { refuses } from './transitions.ts'

/** A service judged for one window. */
export interface Judged {
  readonly before: BudgetState
  readonly after: BudgetState
  /** Somebody said that it may be throttled: an override to `enforce`. */
  readonly isAllowed: boolean
}

/**
 * The judgements of one window, with those held back that would throttle more services at once than `radius` lets: they stay warned
 * and admit everything. The ones that burn most go first. `others`: states that were judged for this window before, by a closer that
 * did not come to its end; what it decided counts.
 */
export function withinBlastRadius(
  judged: readonly Judged[],
  others: readonly BudgetState[],
  radius: BlastRadius,
  window: Minute,
): readonly Judged[] {
  const end = startOfMinute((window + 1) as Minute)
  const dated = judged.map((one) => (one.after === one.before ? one : { ...one, after: withRefusedSince(one, end) }))
  const states = [...others, ...dated.map(({ after }) => after)]
  const candidates = dated.filter(isNew).sort(hottestFirst)
  const settled = dated.filter((one) => !one.isAllowed && !isNew(one)).map(({ after }) => after)
  const recent = [...others, ...settled].filter((state) => isRecent(state, radius, end))
  const used = new Set(recent.map(({ service }) => service))
  const requestsOf = new Map(states.map(({ service, requests }) => [service, requests ?? 0]))
  const traffic = total(requestsOf.values())
  const most = mostServices(states.length, radius)
  const fits = (service: string): boolean => {
    if (used.size >= most) return false
    if (radius.traffic === undefined || used.size === 0) return true
    return total([...used, service].map((one) => requestsOf.get(one) ?? 0)) <= radius.traffic * traffic
  }
  const back = new Set<string>()
  for (const { after } of candidates) {
    if (after.admit < 1 && fits(after.service)) used.add(after.service)
    else back.add(after.service)
  }
  return dated.map((one) => {
    if (one.after === one.before) return one
    return { ...one, after: back.has(one.after.service) ? heldBack(one, radius, most, end) : withOwnReason(one) }
  })
}

const mostServices = (services: number, { services: share, atLeast }: BlastRadius): number =>
  Math.max(atLeast, Math.floor(share * services))

const total = (amounts: Iterable<number>): number => [...amounts].reduce((sum, one) => sum + one, 0)

const isNew = ({ before, after, isAllowed }: Judged): boolean => !isAllowed && refuses(after) && !refuses(before)

function withRefusedSince({ before, after }: Judged, end: EpochMs): BudgetState {
  if (!refuses(after)) return after
  return { ...after, refusedSince: refuses(before) ? (before.refusedSince ?? after.heldSince ?? end) : end }
}

const isRecent = ({ mode, phase, refusedSince }: BudgetState, { minutes }: BlastRadius, end: EpochMs): boolean =>
  refuses({ mode, phase }) && refusedSince !== undefined && refusedSince > end - minutes * MS_PER_MINUTE

/** The hottest first; of equals by name, so that two closers decide the same. */
const hottestFirst = (a: Judged, b: Judged): number =>
  b.after.figures.pace - a.after.figures.pace || (a.after.service < b.after.service ? -1 : 1)

function heldBack({ before, after }: Judged, { minutes }: BlastRadius, most: number, end: EpochMs): BudgetState {
  const why = ownReason(before, after)
  return {
    ...after,
    phase: 'warned',
    admit: 1,
    since: before.phase === 'warned' ? before.since : end,
    heldSince: null,
    refusedSince: undefined,
    reason: `is held back by blast radius: without a person's word at most ${most} services may be newly throttled within ${minutes} minutes. It ${why}`,
    heldBack: why,
  }
}

/** A judgement that has nothing new to say repeats the reason before, which may be that of being held back. */
const ownReason = (before: BudgetState, after: BudgetState): string =>
  before.heldBack !== undefined && after.reason === before.reason ? before.heldBack : after.reason

const withOwnReason = ({ before, after }: Judged): BudgetState => ({ ...after, reason: ownReason(before, after) })
