import type { ChargeRule, Usage } from './usage.ts'

/** What one rater says of one span. */
export interface Charge {
  readonly rule: ChargeRule
  readonly usage: readonly Usage[]
  /** Attributes that would have metered (more), and were absent. */
  readonly unmetered: readonly string[]
  /** Settings that stood in for absent attributes. */
  readonly assumed: readonly string[]
}
