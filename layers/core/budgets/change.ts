import * as z from 'zod'
import { formatUsd, parseUsd } from '../money/picodollars.ts'
import { MS_PER_DAY } from '../time/days.ts'
import type { EpochMs } from '../time/instants.ts'
import { INSTANT_EXAMPLES, readInstant } from '../time/read-instant.ts'
import { type Budget, modeSchema, usdSchema } from './budget.ts'

/** Who changed something, when, why and until when. */
export interface Signed {
  readonly until: EpochMs
  readonly reason: string
  /** The caller's identity, as AWS tells it. */
  readonly by: string
  readonly at: EpochMs
}

/** Another limit or mode than the file's. */
export interface Override extends Signed {
  readonly limitUsd?: string | undefined
  readonly mode?: Budget['mode'] | undefined
}

/** Money on top of the limit, for an incident that is repaired while the spend of its period is still high. */
interface Grant extends Signed {
  readonly usd: string
}

/** What people have changed of one service's budget; all of it runs out. */
export interface ServiceChanges {
  readonly service: string
  readonly override: Override | null
  readonly grants: readonly Grant[]
  /** Grows with each change. */
  readonly version: number
}

/** Longer is no incident: the file says it. */
const UNTIL_MAX_MS = 31 * MS_PER_DAY
const GRANTS_MAX = 10
const REASON_MAX = 500

const service = z.string().min(1).max(400)
const until = z
  .string()
  .max(40)
  .transform((text, context): EpochMs => {
    const at = readInstant(text)
    if (at === undefined) context.addIssue(`write ${INSTANT_EXAMPLES}`)
    return (at ?? 0) as EpochMs
  })
const reason = z
  .string()
  .trim()
  .min(1, 'say why: whoever reads the events later wants to know')
  .max(REASON_MAX)
  .refine((text) => !/\p{Cc}/u.test(text), 'write it in one line')

/** What somebody asks to be changed. */
export const changeRequestSchema = z.discriminatedUnion('change', [
  z
    .strictObject({
      change: z.literal('override'),
      service,
      limitUsd: usdSchema.optional(),
      mode: modeSchema.optional(),
      until,
      reason,
    })
    .refine(({ limitUsd, mode }) => limitUsd !== undefined || mode !== undefined, 'give "limitUsd", "mode", or both'),
  z.strictObject({ change: z.literal('grant'), service, usd: usdSchema, until, reason }),
  z.strictObject({ change: z.literal('clear'), service, reason }),
])
export type ChangeRequest = z.infer<typeof changeRequestSchema>

export const unchanged = (of: string): ServiceChanges => ({ service: of, override: null, grants: [], version: 0 })

/** Who asks, and when. */
export type Author = Pick<Signed, 'by' | 'at'>

/** The changes after a request, and whose word they are; `isNew` false: they are in force already. */
export interface Changed {
  readonly changes: ServiceChanges
  readonly author: Author
  readonly isNew: boolean
}

/**
 * The changes after a request, or what is wrong with it. An override takes the place of the one before; a grant is added; clear ends
 * all. The same grant by the same caller twice is one: a retry must not give twice.
 */
export function changesAfter(
  was: ServiceChanges,
  request: ChangeRequest,
  author: Author,
): Changed | { readonly fault: string } {
  const live = { ...inForce(was, author.at), version: was.version + 1 }
  const changed = (changes: Partial<ServiceChanges>): Changed => ({
    changes: { ...live, ...changes },
    author,
    isNew: true,
  })
  if (request.change === 'clear') return changed({ override: null, grants: [] })
  const fault = faultOf(request.until, author.at)
  if (fault !== undefined) return { fault }
  const signed = { until: request.until, reason: request.reason, ...author }
  if (request.change === 'override') {
    const { limitUsd, mode } = request
    return changed({ override: { limitUsd, mode, ...signed } })
  }
  const grant = { usd: request.usd, ...signed }
  const same = live.grants.find((one) => isSame(one, grant))
  if (same !== undefined) return { changes: was, author: { by: same.by, at: same.at }, isNew: false }
  if (live.grants.length >= GRANTS_MAX)
    return { fault: `${GRANTS_MAX} grants are in force: clear them, or override the limit` }
  return changed({ grants: [...live.grants, grant] })
}

function faultOf(ends: EpochMs, now: EpochMs): string | undefined {
  if (ends <= now) return 'until: write an instant in the future'
  if (ends > now + UNTIL_MAX_MS) return 'until: at most 31 days ahead; what lasts longer belongs in the budget file'
  return undefined
}

const isSame = (a: Grant, b: Grant): boolean =>
  a.usd === b.usd && a.until === b.until && a.reason === b.reason && a.by === b.by

/** What of the changes has not run out at `now`. */
export const inForce = (changes: ServiceChanges, now: EpochMs): ServiceChanges => ({
  ...changes,
  override: changes.override !== null && now < changes.override.until ? changes.override : null,
  grants: changes.grants.filter((grant) => now < grant.until),
})

/** Somebody's word that the service may be throttled, whatever the blast radius says: an override to `enforce`. */
export const isAllowedToThrottle = (changes: ServiceChanges | undefined, now: EpochMs): boolean =>
  changes !== undefined && inForce(changes, now).override?.mode === 'enforce'

/** The budget that holds at `now`: the file's, with the changes that have not run out. */
export function effectiveBudget(budget: Budget, changes: ServiceChanges | undefined, now: EpochMs): Budget {
  if (changes === undefined) return budget
  const { override, grants } = inForce(changes, now)
  if (override === null && grants.length === 0) return budget
  const limit = grants.reduce(
    (sum, { usd }) => sum + parseUsd(usd),
    parseUsd(override?.limitUsd ?? budget.limitUsd) as bigint,
  )
  return { ...budget, limitUsd: formatUsd(limit), mode: override?.mode ?? budget.mode }
}
