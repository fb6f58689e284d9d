import * as z from 'zod'
import { SMOKE_SERVICE } from '../../layers/core/identity/smoke-service.ts'
import { DIMENSIONS, type Dimension, type SpendQuestion } from '../../layers/core/ledger/spend-report.ts'
import { type Day, dayOf, MS_PER_DAY, startOfDay } from '../../layers/core/time/days.ts'
import { type EpochMs, hourOf, MS_PER_HOUR, startOfHour } from '../../layers/core/time/instants.ts'
import { INSTANT_EXAMPLES, readInstant } from '../../layers/core/time/read-instant.ts'

/** What `GET /v1/spend` asks. */
export interface SpendQuery extends SpendQuestion {
  /** All services where undefined. */
  readonly service: string | undefined
  readonly byDays: boolean
}

/** One parameter that cannot be read, and what to write. */
export interface QueryFault {
  readonly parameter: string
  readonly detail: string
}

/** A week; longer questions are answered from daily rows. */
const HOURS_MAX = 168
/** 13 months, as daily rows are kept by default. */
const DAYS_MAX = 400
const LINES_DEFAULT = 100
const LINES_MAX = 1000

const instant = z.string().transform((text, context): EpochMs => {
  const at = readInstant(text)
  if (at !== undefined) return at
  context.addIssue(`write ${INSTANT_EXAMPLES}`)
  return z.NEVER
})

const dimensions = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(DIMENSIONS)).max(DIMENSIONS.length))
  .transform((given): readonly Dimension[] => DIMENSIONS.filter((one) => one === 'service' || given.includes(one)))

const querySchema = z.strictObject({
  from: instant.optional(),
  to: instant.optional(),
  by: dimensions.default(['service']),
  service: z.string().min(1).max(400).optional(),
  limit: z.coerce.number().int().min(1).max(LINES_MAX).default(LINES_DEFAULT),
  smoke: z.enum(['true', 'false']).default('false'),
})

const WHAT_TO_WRITE: Readonly<Record<string, string>> = {
  by: 'write service, commit, operation or hour, or several with commas between',
  service: 'write a service identity, for instance prod/checkout',
  limit: `write a whole number from 1 to ${LINES_MAX}`,
  smoke: 'write true, and the smoke test is a service as any other; or false',
}

/**
 * Reads the parameters of `GET /v1/spend`: `from`, `to` (default: the current hour so far), `by`, `service`, `limit`, `smoke`.
 * Answers with what is wrong where something is. The service of `tollgate smoke` is left out of the spend of all services: it
 * is a test's, not anybody's. A range of more than a week, or one that begins before the hourly rows do
 * (`ledgerDays` days ago), is for daily rows, and begins with a day.
 */
export function parseSpendQuery(
  parameters: Readonly<Record<string, string>>,
  now: EpochMs,
  ledgerDays: number,
): { readonly query: SpendQuery } | { readonly faults: readonly QueryFault[] } {
  const parsed = querySchema.safeParse(parameters)
  if (!parsed.success) return { faults: parsed.error.issues.flatMap(faultsOf) }
  const { by, limit, service, smoke } = parsed.data
  const leavesOut = service === undefined && smoke === 'false' ? SMOKE_SERVICE : undefined
  const to = parsed.data.to ?? now
  // On the hour itself: the hour that has just ended, which is not empty.
  const from = parsed.data.from ?? startOfHour(hourOf((to - 1) as EpochMs))
  if (from >= to) return { faults: [{ parameter: 'from', detail: 'write an instant before "to"' }] }
  if (to - from > DAYS_MAX * MS_PER_DAY) {
    return { faults: [{ parameter: 'from', detail: `ask for at most ${DAYS_MAX} days at a time` }] }
  }
  const byDays = to - from > HOURS_MAX * MS_PER_HOUR || from < now - ledgerDays * MS_PER_DAY
  return { query: { ...(byDays ? wholeDays(from, to, now) : { from, to }), by, limit, service, byDays, leavesOut } }
}

/** Yesterday: it may not be rolled up yet, so it and today are told from hourly rows. */
export const firstHourlyDay = (now: EpochMs): Day => (dayOf(now) - 1) as Day

function wholeDays(from: EpochMs, to: EpochMs, now: EpochMs): { readonly from: EpochMs; readonly to: EpochMs } {
  const last = dayOf((to - 1) as EpochMs)
  return { from: startOfDay(dayOf(from)), to: last >= firstHourlyDay(now) ? to : startOfDay((last + 1) as Day) }
}

function faultsOf(issue: z.core.$ZodIssue): readonly QueryFault[] {
  if (issue.code === 'unrecognized_keys') {
    const detail = `there is no such parameter; there are ${Object.keys(querySchema.shape).join(', ')}`
    return issue.keys.slice(0, 5).map((key) => ({ parameter: key.slice(0, 40), detail }))
  }
  const parameter = String(issue.path[0])
  return [{ parameter, detail: WHAT_TO_WRITE[parameter] ?? issue.message }]
}
