import { type Stance, type Transition, transitionOf } from '../budgets/transitions.ts'

/** A stance as people know of it: in `shadow` nothing happens to a service that anybody has to be told. */
export const toldStance = <One extends Stance>(stance: One): One =>
  stance.mode === 'shadow' ? { ...stance, phase: 'within', heldBack: undefined } : stance

/**
 * The transition that people are told of; undefined where there is none. What happens in `shadow` is recorded, and told to nobody; but
 * who was throttled and is set to `shadow` is released, and what was held or warned in `shadow` and is enforced begins then.
 */
export function toldTurn(before: Stance | undefined, after: Stance): Transition | undefined {
  const turn = transitionOf(before && toldStance(before), toldStance(after))
  return after.mode === 'enforce' || turn === 'released' ? turn : undefined
}
