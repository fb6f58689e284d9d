import type { Standing, ToldEvent } from '../budgets/budgets-client.ts'
import { counted } from '../counted.ts'
import { messageOf } from '../message-of.ts'
import type { Tell } from '../with-progress.ts'
import type { WayIn } from './send-span.ts'
import { SMOKE_USD, smokeSpan } from './smoke-span.ts'

/** What a smoke test asks of the system and of its machine. */
export interface SmokePorts {
  readonly way: WayIn
  /** USD that the ledger has under this commit of the test's own service; undefined where it has nothing. */
  readonly readSpend: (mark: string) => Promise<string | undefined>
  /** Lowers the limit of the test's own budget, in shadow, for some minutes. */
  readonly lowerLimit: () => Promise<void>
  /** What was decided about that budget. */
  readonly readEvents: () => Promise<readonly ToldEvent[]>
  /** How that budget stands. */
  readonly readStanding: () => Promise<Pick<Standing, 'phase' | 'judgedUpTo'> | undefined>
  /** Takes the lowered limit back. */
  readonly restoreLimit: () => Promise<void>
  /** Deletes the test's rows of the ledger; undefined where the caller may not, and they expire. */
  readonly removeRows: () => Promise<number | undefined>
  /** Epoch ms. */
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
  readonly random: () => { readonly mark: string; readonly trace: string; readonly span: string }
  readonly say: (stage: string, what: string) => void
  /** What is waited for, meanwhile. */
  readonly tell: Tell
}

/** What a smoke test saw; durations in ms since the span was sent. */
export interface Smoked {
  readonly sentTo: string
  readonly mark: string
  readonly bookedAfterMs: number
  readonly alertedAfterMs: number
  /** `warned`, `throttled` ... */
  readonly alert: string
  /** False: an earlier test's alert still stood, and the budget was judged anew with this span. */
  readonly isNewAlert: boolean
  /** Rows that were deleted; null where they are left to expire. */
  readonly removedRows: number | null
}

/** A stage was not passed; the message names it, what was seen last, and what to look at. */
class StageNotPassed extends Error {
  override readonly name = 'StageNotPassed'
  constructor(stage: string, what: string, advice: string) {
    super(`stage "${stage}" did not pass: ${what}. ${advice}`)
  }
}

const POLL_MS = 1_000

/**
 * Sends one marked span, waits for its cent in the ledger and for the alert of a budget that it exceeds, and takes both
 * back. A stage that takes longer than `stageMs` ends it; what it left is taken back all the same.
 * @throws StageNotPassed
 */
export async function runSmoke(ports: SmokePorts, stageMs: number): Promise<Smoked> {
  const { way, say, now } = ports
  const { mark, ...ids } = ports.random()
  const sentAt = now()
  const since = (): string => `${Math.round((now() - sentAt) / 1000)} s`
  await send(ports, smokeSpan(mark, ids, sentAt), sentAt)
  say('sent', `one span, commit ${mark}, to ${way.name}`)

  const wait = { ...ports, stageMs }
  await until(wait, 'booked', BOOKED_ADVICE, async () => (await ports.readSpend(mark)) === SMOKE_USD || undefined)
  const bookedAfterMs = now() - sentAt
  say('booked', `$${SMOKE_USD} is in the ledger, ${since()} after it was sent`)

  let alert: Alert
  try {
    await ports.lowerLimit()
    alert = await until(wait, 'alerted', ALERTED_ADVICE, () => alertOf(ports, sentAt))
  } catch (error) {
    await ports.removeRows().catch(() => undefined) // why the stage failed is what counts
    throw error
  } finally {
    await ports.restoreLimit()
  }
  const alertedAfterMs = now() - sentAt
  say('alerted', `${alert.isNew ? '' : 'still '}"${alert.what}" in shadow, judged ${since()} after it was sent`)
  const removed = await ports.removeRows()
  say('removed', removed === undefined ? NOT_REMOVED : `${counted(removed, 'row')} of the ledger`)
  return {
    sentTo: way.name,
    mark,
    bookedAfterMs,
    alertedAfterMs,
    alert: alert.what,
    isNewAlert: alert.isNew,
    removedRows: removed ?? null,
  }
}

interface Alert {
  readonly what: string
  readonly isNew: boolean
}

/** The judge's word on the window of the span: an event, or an alert that stands from an earlier test. */
async function alertOf({ readEvents, readStanding }: SmokePorts, sentAt: number): Promise<Alert | undefined> {
  const event = (await readEvents()).find(({ by, at }) => by === 'judge' && Date.parse(at) >= sentAt)
  if (event !== undefined) return { what: event.what, isNew: true }
  const standing = await readStanding()
  const isJudged = Date.parse(standing?.judgedUpTo ?? '') >= sentAt
  return isJudged && standing !== undefined && standing.phase !== 'within'
    ? { what: standing.phase, isNew: false }
    : undefined
}

const BOOKED_ADVICE = 'Look at the event-source mapping ("tollgate doctor") and the log of attribute-spans'
const ALERTED_ADVICE = 'Look at the log of close-windows (docs/operations.md, "windows-not-closing")'
const NOT_REMOVED = 'nothing: your identity may not delete them (docs/checking.md); they expire'

async function send({ way }: SmokePorts, request: string, atMs: number): Promise<void> {
  try {
    await way.send(request, atMs)
  } catch (error) {
    throw new StageNotPassed('sent', `${way.name} did not take the span (${messageOf(error)})`, way.advice)
  }
}

interface Waiting extends Pick<SmokePorts, 'now' | 'pause' | 'tell'> {
  readonly stageMs: number
}

/** Looks each second until there is something. A look that fails is one that found nothing. */
async function until<T>(
  { now, pause, tell, stageMs }: Waiting,
  stage: string,
  advice: string,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const startedAt = now()
  let failure = ''
  tell(`waiting for stage "${stage}"`)
  do {
    try {
      const found = await look()
      if (found !== undefined) return found
      failure = ''
    } catch (error) {
      failure = `, ${messageOf(error)}`
    }
    await pause(POLL_MS)
  } while (now() - startedAt < stageMs)
  throw new StageNotPassed(stage, `nothing within ${Math.round(stageMs / 1000)} s${failure}`, advice)
}
