import type { BudgetState } from './state.ts'

/**
 * How a budget's phase moved from one judged window to the next; what alerts are about. `tightened`: throttled again
 * before it was released. `eased`: no longer warned, without having been throttled. `held_back`: it would be throttled, but too many
 * services were at once.
 */
export const TRANSITIONS = ['warned', 'eased', 'held_back', 'throttled', 'tightened', 'releasing', 'released'] as const
export type Transition = (typeof TRANSITIONS)[number]

/** What of a state decides a transition. */
export type Stance = Pick<BudgetState, 'phase' | 'mode' | 'heldBack'>

/** In these phases requests are refused; in `shadow` they would be. */
export const isHeld = ({ phase }: Pick<BudgetState, 'phase'>): boolean => phase === 'throttled' || phase === 'releasing'

/** Requests are refused: `shadow` refuses nobody. */
export const refuses = (stance: Stance): boolean => stance.mode === 'enforce' && isHeld(stance)

/**
 * The transition between two states of one service; undefined where the phase stays. A budget that is set to `enforce`
 * while its service is held counts as throttled now: until then nobody was refused. One that is set to `shadow` meanwhile
 * counts as released: from then on nobody is.
 */
export function transitionOf(before: Stance | undefined, after: Stance): Transition | undefined {
  const from = before?.phase ?? 'within'
  if (after.heldBack !== undefined) return before?.heldBack === undefined ? 'held_back' : undefined
  if (before !== undefined && refuses(before) && after.mode === 'shadow') return 'released'
  if (isHeld(after)) {
    if (before?.mode === 'shadow' && refuses(after)) return 'throttled'
    if (from === after.phase) return undefined
    if (after.phase === 'releasing') return 'releasing'
    return from === 'releasing' ? 'tightened' : 'throttled'
  }
  if (from === 'throttled' || from === 'releasing') return 'released'
  if (from === after.phase) return undefined
  return after.phase === 'warned' ? 'warned' : 'eased'
}
