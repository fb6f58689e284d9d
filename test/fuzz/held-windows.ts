import { setTimeout as pause } from 'node:timers/promises'
import { formatMinute, type Minute, MS_PER_MINUTE, startOfMinute } from '../../layers/core/time/instants.ts'
import { PARTITIONS } from './fuzz-configuration.ts'
import { BrokenPromise, beside, type Stage, until } from './stage.ts'
import { plainRequest } from './traffic.ts'

const RECORDS_PER_SECOND = 40
/** The least; it goes on until windows were held for their five minutes and closed without the partition. */
const THROTTLED_MS = 3 * MS_PER_MINUTE
/** The schedule's ten seconds, in the run's time. */
const TICK_MS = 500
const UNTIL_SECONDS = 120

export interface HeldWindows {
  /** The throttled partition. */
  readonly partition: number
  /** For so long, minutes of the run's clock. */
  readonly minutes: number
  /** Windows that closed meanwhile, all of them incomplete. */
  readonly incomplete: number
}

/**
 * Throttles the rows of one of the twelve partitions while the others flow: no window that ends meanwhile may close as
 * complete. Before and after, windows do.
 */
export function holdWindows(stage: Stage, progress: () => void): Promise<HeldWindows> {
  for (const role of ['consumer', 'consumer', 'settler'] as const) stage.spawn(role, 0, 0)
  const instance = stage.instance()
  const tick = async (): Promise<void> => {
    await instance.closeWindows()
    progress()
    await pause(TICK_MS)
  }
  return stage.underTraffic(RECORDS_PER_SECOND, plainRequest, () => beside(() => throttleOne(stage), tick))
}

async function throttleOne({ closed, clock, dice, proxy, shardOf }: Stage): Promise<HeldWindows> {
  const partition = dice.between(0, PARTITIONS - 1)
  const completeAfter = (ms: number) => () => closed.some((one) => one.complete && endOf(one.window) > ms)
  await until('a window closes as complete', UNTIL_SECONDS, completeAfter(clock.now()))

  proxy.throttleMatching(new RegExp(`#${shardOf(partition).replace('.', '\\.')}["#]`))
  await until('the partition is throttled', UNTIL_SECONDS, () => proxy.matched() > 0)
  const fromMs = clock.now()
  const closedSince = () => closed.filter(({ window, atMs }) => endOf(window) > fromMs && atMs > fromMs)
  const isHeld = () => clock.now() > fromMs + THROTTLED_MS && closedSince().length > 0
  await until('a window closes while one partition is throttled', UNTIL_SECONDS, isHeld)
  const meanwhile = closedSince()
  const toMs = clock.now()
  proxy.throttleMatching(undefined)

  const wrong = meanwhile.find(({ complete }) => complete)
  if (wrong !== undefined) {
    throw new BrokenPromise(`window ${formatMinute(wrong.window)} closed as complete without partition ${partition}`)
  }
  if (meanwhile.length === 0)
    throw new BrokenPromise('no window closed while one partition was throttled for 7 minutes')
  await until('windows close as complete again', UNTIL_SECONDS, completeAfter(toMs))
  return { partition, minutes: Math.round((toMs - fromMs) / MS_PER_MINUTE), incomplete: meanwhile.length }
}

const endOf = (window: Minute): number => startOfMinute((window + 1) as Minute)
