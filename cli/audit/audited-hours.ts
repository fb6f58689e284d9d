import { parseSpendQuery } from '../../functions/explore-costs/spend-query.ts'
import { hoursOf } from '../../layers/core/ledger/spend-report.ts'
import type { EpochMs, Hour } from '../../layers/core/time/instants.ts'
import { UsageError } from '../usage-error.ts'

/** Which hours somebody wants to have audited, as they are written. */
export interface WrittenHours {
  readonly from?: string
  readonly to?: string
}

/** The hours of an audit, and the parameters of `GET /v1/audit` that ask for exactly them. */
export interface AuditedHours {
  readonly hours: readonly Hour[]
  readonly parameters: { readonly from: string; readonly to: string }
}

/** How long rows are kept is the system's to say. */
const LEDGER_DAYS = Number.POSITIVE_INFINITY

/** Reads which hours are meant; the current one where nothing is written. @throws UsageError */
export function auditedHours(written: WrittenHours, now: EpochMs): AuditedHours {
  const given = Object.entries(written).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const parsed = parseSpendQuery(Object.fromEntries(given), now, LEDGER_DAYS)
  if ('faults' in parsed) {
    throw new UsageError(parsed.faults.map(({ parameter, detail }) => `--${parameter}: ${detail}`).join('; '))
  }
  const { byDays, from, to } = parsed.query
  if (byDays) throw new UsageError('--from: hourly rows are audited: ask for at most a week of them')
  const iso = (at: number): string => new Date(at).toISOString()
  return { hours: hoursOf(parsed.query), parameters: { from: iso(from), to: iso(to) } }
}
