import * as z from 'zod'
import type { EpochMs } from '../time/instants.ts'
import type { ChangeRequest, Signed } from './change.ts'
import type { BudgetState } from './state.ts'
import { TRANSITIONS, transitionOf } from './transitions.ts'

const CHANGES = ['override', 'grant', 'clear'] as const satisfies readonly ChangeRequest['change'][]

const fact = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** Something that was decided about a service's budget: by the judge, or by somebody. */
export const budgetEventSchema = z.object({
  service: z.string(),
  /** The end of the window that was judged, or when somebody asked; epoch ms. */
  at: z.int().transform((at) => at as EpochMs),
  what: z.enum([...TRANSITIONS, ...CHANGES]),
  /** `judge`, or the caller's identity. */
  by: z.string(),
  reason: z.string(),
  /** The numbers that it was decided from; of a change what it sets. Amounts are decimal strings of USD. */
  numbers: z.record(z.string(), fact),
})
export type BudgetEvent = z.infer<typeof budgetEventSchema>

/**
 * The event of a judgement that moved the phase; undefined where it did not. The same judgement has the same event. `at`: the end of
 * the window that it was made at.
 */
export function judgedEvent(before: BudgetState, after: BudgetState, at: EpochMs): BudgetEvent | undefined {
  const what = transitionOf(before.version === 0 ? undefined : before, after)
  if (what === undefined) return undefined
  const { service, reason, mode, phase, admit, figures } = after
  return {
    service,
    at,
    what,
    by: 'judge',
    reason,
    numbers: { mode, phase, admit, ...figures },
  }
}

/** The event of a change that somebody asked for. */
export function changedEvent(request: ChangeRequest, { by, at }: Pick<Signed, 'by' | 'at'>): BudgetEvent {
  const { change, service, reason, ...sets } = request
  const numbers = Object.entries(sets).map(([name, value]) => [name, name === 'until' ? iso(Number(value)) : value])
  return { service, at, what: change, by, reason, numbers: Object.fromEntries(numbers) }
}

const iso = (at: number): string => new Date(at).toISOString()
