import type { RatedSpan, Sku, UnchargedReason } from '../rating/usage.ts'

/** What spans of a line that are rated alike have in common; all but the quantities. */
export interface RatedAlike {
  readonly entry: boolean
  readonly frontDoor: boolean
  readonly uncharged: UnchargedReason | undefined
  readonly weight: number
  readonly skus: readonly Sku[]
  /** `usageKey(skus)`. */
  readonly key: string
}

/** SKUs as one text: what is used together is priced or parked together. */
export const usageKey = (skus: readonly Sku[]): string => (skus.length === 1 ? (skus[0] as Sku) : skus.join('\n'))

/** What a rated span has in common with those that are rated alike. */
export function ratedAlike({ entry, frontDoor, uncharged, weight, usage }: RatedSpan): RatedAlike {
  const skus = usage.map(({ sku }) => sku)
  return { entry, frontDoor, uncharged, weight, skus, key: usageKey(skus) }
}
