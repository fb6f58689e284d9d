import {
  type EpochMs,
  hourOf,
  MS_PER_HOUR,
  MS_PER_MINUTE,
  minuteOf,
  startOfMinute,
} from '../../layers/core/time/instants.ts'
import { GRACE_MS } from '../../layers/core/windows/progress.ts'
import { createRandom } from '../demo/random.ts'
import { usualLoad } from './profile.ts'
import type { Profile } from './scenario.ts'
import { createLedger, type SimulatedLedger } from './simulated-ledger.ts'
import { simulatedBook } from './simulated-prices.ts'
import { USUAL_COMMIT } from './simulated-service.ts'
import { createTopic } from './simulated-topic.ts'
import { createTollgateJudge, type Memory, noMemory } from './tollgate-judge.ts'
import { createTraffic } from './traffic.ts'

/** A service with a past: what every run of a profile starts from. */
export interface Past {
  /** The moment it ends, a whole hour. */
  readonly endMs: EpochMs
  readonly ledger: SimulatedLedger
  readonly memory: Memory
}

/** Sunday, 02:00. */
const END_MS = Date.UTC(2026, 10, 22, 2) as EpochMs
/** A week, and a day more so that last week's batch is in it. */
const PAST_MINUTES = 8 * 24 * 60
const PERIOD_HOURS = 25
const ALL_YEAR_MS = 366 * 24 * MS_PER_HOUR

/**
 * Lives through the week before, a minute at a time, with the real close. As every budget it starts in `shadow`; a run
 * then enforces it.
 */
export function pastOf(profile: Profile, seed: number): Promise<Past> {
  const name = `${profile} ${seed}`
  const past = pasts.get(name) ?? liveThroughPast(profile, seed)
  pasts.set(name, past)
  return past
}

/** A past is the same each time, and takes a second. */
const pasts = new Map<string, Promise<Past>>()

async function liveThroughPast(profile: Profile, seed: number): Promise<Past> {
  const ledger = createLedger()
  const memory = noMemory()
  const book = simulatedBook((END_MS + ALL_YEAR_MS) as EpochMs)
  const closeDue = createTollgateJudge(memory, 'shadow', ledger, () => book)
  const draw = createTraffic(createRandom(seed, PAST_STREAM, 0))
  const topic = createTopic(() => Number.POSITIVE_INFINITY, undefined)
  const last = minuteOf(END_MS)
  for (let minute = last - PAST_MINUTES; minute < last; minute += 1) {
    const at = startOfMinute(minute as typeof last)
    const { requests, costs, frontDoor } = draw(usualLoad(profile, at / 1000), 60)
    const cost = requests.map((count, place) => count * (costs[place] ?? 0))
    ledger.book({ endMs: at, commit: USUAL_COMMIT, requests, cost }, true)
    ledger.bookFrontDoor(at, frontDoor)
    const now = (at + MS_PER_MINUTE + GRACE_MS) as EpochMs
    await closeDue(() => topic.progress(now / 1000), now)
  }
  return { endMs: END_MS, ledger: ledger.copy((hourOf(END_MS) - PERIOD_HOURS) as ReturnType<typeof hourOf>), memory }
}

/** The past draws from a stream of its own, so that no scenario repeats it. */
const PAST_STREAM = 1_000
