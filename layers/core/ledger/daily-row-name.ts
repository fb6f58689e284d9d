import { type Day, formatDay, parseDay } from '../time/days.ts'
import { GENERATION } from './row.ts'
import type { RowPlace } from './row-name.ts'

/** Prefix of every daily row of a day, all commits: `d1#2026-11-23#`. Hourly rows begin with `g`, the dictionary with `d#`. */
export const dayPrefix = (day: Day): string => `d${GENERATION}#${formatDay(day)}#`

/** `d1#2026-11-23#a1b2c3d`. Commits hold no `#` (identity/commit.ts). */
export const dailyRowPlace = (service: string, day: Day, commit: string): RowPlace => ({
  service,
  row: `${dayPrefix(day)}${commit}`,
})

/** What a daily row's sort key says; undefined for any other. */
export function parseDailyRowName(row: string): { readonly day: Day; readonly commit: string } | undefined {
  const [generation, dayText = '', commit, ...rest] = row.split('#')
  const day = parseDay(dayText)
  if (generation !== `d${GENERATION}` || day === undefined || commit === undefined || rest.length > 0) return undefined
  return { day, commit }
}
