import * as z from 'zod'

/**
 * A rule of a budget's own, beside the two that every budget has: a signal whose average is at the threshold for some windows in a
 * row. Of time to exhaustion the average lies below it.
 */
export const ownRuleSchema = z.strictObject({
  /**
   * `spend`: of the period, in shares of the limit. `burn_rate`: of the window, in multiples of the budget's pace. `unit_cost`,
   * `work_ratio`: in multiples of what is usual. `time_to_exhaustion`: minutes that the money left lasts.
   */
  signal: z.enum(['spend', 'burn_rate', 'unit_cost', 'work_ratio', 'time_to_exhaustion']),
  threshold: z.number().positive().max(1_000_000),
  /** Of the signal's average; 1 is the window itself. */
  alpha: z.number().gt(0).max(1).default(1),
  /** In a row, to fire, and as many well below to stop. */
  windows: z.int().min(1).max(60).default(3),
  action: z.enum(['alert', 'throttle']),
})
export type OwnRule = z.infer<typeof ownRuleSchema>

/** A rule's memory. */
export interface OwnRuleState {
  /** Which rule: one that is changed in the file begins anew. */
  readonly rule: string
  /** The average of the signal's strain; undefined before the first. */
  readonly average: number | undefined
  readonly over: number
  readonly under: number
  readonly firing: boolean
}

/** Names a rule by all that it says. */
export const nameOfRule = ({ signal, threshold, alpha, windows, action }: OwnRule): string =>
  [action, signal, threshold, alpha, windows].join(' ')
