import type { BudgetState } from '../budgets/state.ts'
import type { AlertKind } from './alert-lease.ts'

export type Severity = 'critical' | 'warning' | 'info'

/** What refuses requests is critical, and what waits for a person's word; what might soon is a warning. */
export function severityOf(kind: AlertKind, { phase, heldBack }: BudgetState): Severity {
  if (heldBack !== undefined) return 'critical'
  if (phase === 'within' || kind === 'released' || kind === 'releasing') return 'info'
  return phase === 'warned' ? 'warning' : 'critical'
}
