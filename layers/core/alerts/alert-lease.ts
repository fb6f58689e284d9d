import type { BudgetState, Phase } from '../budgets/state.ts'
import type { Stance, Transition } from '../budgets/transitions.ts'
import { type EpochMs, type Minute, MS_PER_HOUR } from '../time/instants.ts'
import { toldStance, toldTurn } from './told-turn.ts'

/** Why a message goes out: a transition, or that a phase lasts. */
export type AlertKind = Transition | 'reminder'

/** One message to people. The same message that is sent again has the same id. */
export interface Alert {
  readonly id: string
  readonly kind: AlertKind
}

/** What people were last told of one service. */
interface Told extends Stance {
  readonly phase: Phase
  /** The window whose judgement they were told of. */
  readonly closed: Minute
  /** The version of that state. Leases had none once. */
  readonly version?: number | undefined
  readonly at: EpochMs
  /** When each kind of message was last sent. */
  readonly lastOf: { readonly [kind in AlertKind]?: EpochMs }
}

/** All that is remembered of one service's alerts: what was told, and what somebody is about to tell. */
export interface AlertLease {
  readonly told?: Told | undefined
  /** A message that is being sent until then; after it, its sender has crashed. */
  readonly sending?: (Alert & { readonly until: EpochMs }) | undefined
}

/** A change of one service's budget: its state, and what of the one before decides a transition. */
export interface StateChange {
  readonly before: Stance | undefined
  readonly after: BudgetState
}

/** Somebody else is sending an alert of this service: the change has to come again. */
export class AlertBeingSent extends Error {
  override readonly name = 'AlertBeingSent'
  constructor(service: string, until: EpochMs) {
    super(`an alert of ${service} is being sent until ${new Date(until).toISOString()}: try again after that`)
  }
}

/** Longer than sending takes with its retries, shorter than the stream's patience. */
const LEASE_MS = 15_000

/** At most so often: a message of one of these kinds, and a reminder. */
const PAUSE_MS = MS_PER_HOUR

/** Turns that a service at its limit takes again and again; where a throttle begins and ends is always told. */
const PAUSED: ReadonlySet<AlertKind> = new Set<AlertKind>(['warned', 'eased', 'held_back', 'tightened', 'releasing'])

/**
 * The lease with which the alert of a change may be sent; undefined where there is nothing to tell: a repeat, an older
 * change, a turn or a reminder within an hour of the last. What a sender that crashed was about to tell is told with
 * that sender's id.
 * @throws AlertBeingSent
 */
export function claimAlert(
  lease: AlertLease | undefined,
  change: StateChange,
  now: EpochMs,
): (AlertLease & { readonly sending: Alert & { readonly until: EpochMs } }) | undefined {
  const { after } = change
  const { told, sending } = lease ?? {}
  const kind = kindOf(told, change, now)
  if (kind === undefined) return undefined
  if (sending !== undefined && now < sending.until) throw new AlertBeingSent(after.service, sending.until)
  const id = sending?.kind === kind ? sending.id : `${after.service}#${after.closed}#${kind}`
  return { told, sending: { id, kind, until: (now + LEASE_MS) as EpochMs } }
}

/** The lease after its alert was sent. */
export const settledLease = ({ told }: AlertLease, { kind }: Alert, after: BudgetState, now: EpochMs): AlertLease => ({
  told: {
    phase: toldStance(after).phase,
    mode: after.mode,
    heldBack: after.heldBack,
    closed: after.closed,
    version: after.version,
    at: now,
    lastOf: { ...told?.lastOf, [kind]: now },
  },
})

/** The lease after sending failed: free for the next try, which sends the same alert. */
export const freedLease = ({ told, sending }: AlertLease): AlertLease => ({
  told,
  sending: sending && { ...sending, until: 0 as EpochMs },
})

function kindOf(told: Told | undefined, { before, after }: StateChange, now: EpochMs): AlertKind | undefined {
  if (told !== undefined && !isNewer(after, told)) return undefined
  // A change that was lost on the way is made up for by what people know.
  const transition = toldTurn(before, after) ?? toldTurn(told, after)
  if (transition !== undefined && isDue(transition, told, now)) return transition
  if (toldStance(after).phase === 'within' || told === undefined || now < told.at + PAUSE_MS) return undefined
  return 'reminder'
}

/** A window that is held is judged without being closed: the same window may be told of again by a later judgement. */
const isNewer = (after: BudgetState, { closed, version = Number.POSITIVE_INFINITY }: Told): boolean =>
  after.closed > closed || (after.closed === closed && after.version > version)

function isDue(transition: Transition, told: Told | undefined, now: EpochMs): boolean {
  // Nobody is told that a warning is over who was not told of it.
  if (transition === 'eased' && told !== undefined && told.phase !== 'warned') return false
  const last = told?.lastOf[transition]
  return last === undefined || !PAUSED.has(transition) || now >= last + PAUSE_MS
}
