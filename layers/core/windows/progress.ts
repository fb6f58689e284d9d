import type { Fence } from '../ledger/row.ts'
import { MS_PER_DAY } from '../time/days.ts'
import { type EpochMs, type Minute, MS_PER_MINUTE, minuteOf, startOfMinute } from '../time/instants.ts'

/** What one partition has told of itself. */
export interface PartitionProgress {
  readonly shard: string
  /** A batch of it is being booked, or has been tried and handed back: since when. Undefined: none is. */
  readonly openSinceMs: EpochMs | undefined
  /** Undefined before its first report. */
  readonly report: PartitionReport | undefined
  /** The first record of it that was ever delivered; tells a topic that was made anew. Undefined before. */
  readonly first?: Fence | undefined
  /** When it reported; 0 before. */
  readonly reportedAtMs: EpochMs
}

/** A batch of a partition that is about to be booked. */
export interface PartitionOpening {
  readonly shard: string
  /** The batch's first record. */
  readonly first: Fence
}

/** What a batch says of a partition after its rows are written. */
export interface PartitionReport {
  readonly shard: string
  /** The offset after the last booked record. */
  readonly nextOffset: number
  /** Kafka timestamp of the batch's newest record. */
  readonly newestTimestampMs: EpochMs
  /** Kafka timestamp of the newest record that was ever booked; tells a topic that was made anew. Reports had none once. */
  readonly highestTimestampMs?: EpochMs
  /** That record was less than 10 s old, and the batch not full: the partition was read to its end. */
  readonly caughtUp: boolean
}

/** A window that may be closed, and whether everything that belongs to it has been booked. */
export interface DueWindow {
  readonly window: Minute
  readonly complete: boolean
}

/** From a window's end: SDK 5 s, Collector 5 s, batch window 5 s, booking 5 s. */
export const GRACE_MS = 20_000
/** So long a partition that lags holds a window; then the window closes as incomplete. */
export const HOLD_MS = 5 * 60_000
/** A partition that lagged and has said nothing for so long has nothing to say: its consumer would have retried. */
const SILENT_MS = 10 * 60_000
/**
 * A partition that has been handed back for so long, or whose consumer never came back to it, no longer speaks for the others: its
 * alarm rings by then, and no flag anywhere must be held, and no baseline stand still, for as long as nobody answers it.
 */
const FORGOTTEN_MS = 60 * 60_000
/** So many partitions, and half of all, that report within one minute: the topic is busy. */
const BUSY_PARTITIONS = 3
/** Looks at what is held are so far apart; each reads some hours of every service. */
export const LOOK_MS = 30_000
/** Looks that are further apart say nothing of how fast a partition is read. */
const RECENT_MS = 3 * MS_PER_MINUTE
/** After an outage so many windows are caught up on; older ones are in the hour totals of the next close. */
const MAX_CAUGHT_UP = 24 * 60

/**
 * The windows that may close now, in order. A window waits for its end and the grace, then until every partition has
 * passed it or is idle; a partition that is open or lags, or a busy topic that has fallen silent, holds it for at most five minutes.
 * `lastClosed` undefined: nothing was closed yet; the first window is the newest that nothing can hold any more.
 */
export function windowsDue(
  partitions: readonly PartitionProgress[],
  lastClosed: Minute | undefined,
  now: EpochMs,
): readonly DueWindow[] {
  const newest = (minuteOf((now - GRACE_MS) as EpochMs) - 1) as Minute
  const oldest = minuteOf((now - HOLD_MS) as EpochMs) - 1
  const first = Math.max(lastClosed === undefined ? oldest : lastClosed + 1, newest - MAX_CAUGHT_UP + 1)
  const due: DueWindow[] = []
  for (let window = first as Minute; window <= newest; window = (window + 1) as Minute) {
    const endMs = startOfMinute((window + 1) as Minute)
    const complete =
      partitions.every((partition) => hasPassed(partition, endMs, now)) && !haveFallenSilent(partitions, endMs, now)
    if (!complete && now < endMs + HOLD_MS) break
    due.push({ window, complete })
  }
  return due
}

/**
 * Nobody has reported since the window's end, and the partitions that were busy reported last within one minute: that is no
 * traffic that ebbs, partition by partition, but a consumer that is not called any more, or spans that do not reach the topic. What
 * the window holds is not known then; an hour later it counts as nothing, as for a batch that is nobody's.
 */
function haveFallenSilent(partitions: readonly PartitionProgress[], windowEndMs: EpochMs, now: EpochMs): boolean {
  const lastMs = Math.max(0, ...partitions.map(({ reportedAtMs }) => reportedAtMs))
  if (lastMs >= windowEndMs || now - lastMs >= FORGOTTEN_MS) return false
  // The progress of a topic's past epochs stays in the table, and says nothing of how many partitions are busy.
  const heard = partitions.filter(
    ({ report, reportedAtMs }) => report !== undefined && reportedAtMs > lastMs - MS_PER_DAY,
  )
  const together = heard.filter(({ reportedAtMs }) => reportedAtMs > lastMs - MS_PER_MINUTE)
  return together.length >= BUSY_PARTITIONS && 2 * together.length >= heard.length
}

/** What of the windows whose grace is over waits for partitions that are behind. */
export interface HeldWindows {
  /** The newest window that has ended. */
  readonly newest: Minute
  /** The first one of which a partition may still bring spans; it may have been closed as incomplete. */
  readonly first: Minute
  /** As much of the first one as every partition has brought, 0 to 1. */
  readonly readOfFirst: number
  /** How far the slowest partition is behind, ms. */
  readonly lagMs: number
}

/** The windows that some partition has not passed, whether they are still held or closed as incomplete; undefined where there are none. */
export function windowsHeld(partitions: readonly PartitionProgress[], now: EpochMs): HeldWindows | undefined {
  const newest = (minuteOf((now - GRACE_MS) as EpochMs) - 1) as Minute
  const behind = partitions.filter((partition) => !hasPassed(partition, startOfMinute((newest + 1) as Minute), now))
  if (behind.length === 0) return undefined
  const readUntil = Math.min(
    ...behind.map(({ openSinceMs = now, report, reportedAtMs }) =>
      report === undefined ? openSinceMs : newestOf(report, reportedAtMs),
    ),
  )
  // What a partition was read to had ended by so much before it.
  const endedMs = (readUntil - GRACE_MS) as EpochMs
  const first = minuteOf(endedMs)
  return { newest, first, readOfFirst: (endedMs - startOfMinute(first)) / MS_PER_MINUTE, lagMs: now - readUntil }
}

/** What the next look asks of the one before. */
export interface Look {
  readonly at: EpochMs
  readonly lagMs: number
}

/**
 * Whether partitions fall behind rather than catch up, from what was held at an earlier look. After an outage they read an hour
 * in minutes: what they bring then is whole soon, and old. `before` undefined, or too old: they have only begun to lag.
 */
export const isFallingBehind = (now: Look, before: Look | undefined): boolean =>
  before === undefined || before.at < now.at - RECENT_MS || now.lagMs >= before.lagMs

function hasPassed(partition: PartitionProgress, windowEndMs: EpochMs, now: EpochMs): boolean {
  const { openSinceMs, report, reportedAtMs } = partition
  if (report !== undefined && newestOf(report, reportedAtMs) >= windowEndMs + GRACE_MS) return true
  if (openSinceMs !== undefined && now - openSinceMs < FORGOTTEN_MS) return false
  if (report === undefined) return true
  return report.caughtUp || now - reportedAtMs >= SILENT_MS
}

/** A record cannot be newer than its report: a producer whose clock is ahead must not pass windows for the others. */
const newestOf = (report: PartitionReport, reportedAtMs: EpochMs): number =>
  Math.min(report.newestTimestampMs, reportedAtMs)
