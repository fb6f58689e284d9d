import { MS_PER_DAY } from '../../layers/core/time/days.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { INSTANT_EXAMPLES, readInstant } from '../../layers/core/time/read-instant.ts'
import { UsageError } from '../usage-error.ts'

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90m`, `2h`, `7d` in ms; undefined for anything else. */
function durationMs(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  return count === undefined || unit === undefined ? undefined : Number(count) * (UNIT_MS[unit] ?? 0)
}

/**
 * The instant that `--until` names: so long from now, or itself.
 * @throws UsageError
 */
export function untilOf(text: string, now: EpochMs): EpochMs {
  const ms = durationMs(text)
  const at = ms === undefined ? readInstant(text) : ((now + ms) as EpochMs)
  if (at !== undefined) return at
  throw new UsageError(`--until takes 30m, 2h, 1d, or ${INSTANT_EXAMPLES}, not "${text.slice(0, 40)}"`)
}

/** The hourly rows of more than this are seldom there, and a replay of them takes minutes. */
const REPLAYED_MAX_MS = 92 * MS_PER_DAY

/**
 * The time that a rehearsal covers: from `since`, so long before its end or an instant, to `to`, an instant or now.
 * @throws UsageError
 */
export function rehearsedTime(
  since: string,
  to: string | undefined,
  now: EpochMs,
): { readonly from: EpochMs; readonly to: EpochMs } {
  const end = to === undefined ? now : readInstant(to)
  if (end === undefined) throw new UsageError(`--to takes ${INSTANT_EXAMPLES}, not "${to?.slice(0, 40)}"`)
  const ms = durationMs(since)
  const from = ms === undefined ? readInstant(since) : ((end - ms) as EpochMs)
  if (from !== undefined && from < end && end - from <= REPLAYED_MAX_MS) return { from, to: end }
  throw new UsageError(
    `--since takes 12h, 7d, or ${INSTANT_EXAMPLES}, at most 92 days before the end, not "${since.slice(0, 40)}"`,
  )
}
