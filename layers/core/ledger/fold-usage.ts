import { plus, times, type WholeNumber } from '../money/whole-number.ts'
import type { Sku } from '../rating/usage.ts'
import { MAX_SKUS, unknownSku } from './counters.ts'
import type { ServiceFold } from './fold-rows.ts'
import type { MinuteUsage, UsageGroup } from './folded-record.ts'
import { type RatedAlike, usageKey } from './rated-alike.ts'

/** Names that a dead letter tells; one is enough to find the service's fault. */
const MAX_CROWDED_OUT = 50

/** Adds what spans used to their minute. `quantities`: quanta by SKU, before the sampling weight; the list is kept. */
export function addUsage(
  service: ServiceFold,
  minute: MinuteUsage,
  rated: RatedAlike,
  received: number,
  quantities: WholeNumber[],
): void {
  const { weight } = rated
  const amounts = weight === 1 ? quantities : quantities.map((quantity) => times(quantity, weight))
  const known = groupOf(minute.groups, rated.key)
  if (known !== undefined) addToGroup(known, amounts, received, weight * received)
  else addGroup(service, minute, rated, amounts, received)
}

function groupOf(groups: readonly UsageGroup[], key: string): UsageGroup | undefined {
  for (const group of groups) if (group.key === key) return group
  return undefined
}

function addToGroup(group: UsageGroup, amounts: readonly WholeNumber[], received: number, weighted: number): void {
  group.received += received
  group.weighted += weighted
  for (let i = 0; i < amounts.length; i += 1) {
    group.quantities[i] = plus(group.quantities[i] as WholeNumber, amounts[i] as WholeNumber)
  }
}

/** Under the SKUs as far as the service has room for them, so that a minute has no more groups than that. */
function addGroup(
  service: ServiceFold,
  minute: MinuteUsage,
  rated: RatedAlike,
  quantities: WholeNumber[],
  received: number,
): void {
  const weighted = rated.weight * received
  const skus = boundedSkus(service, rated.skus)
  const key = skus === rated.skus ? rated.key : usageKey(skus)
  const known = skus === rated.skus ? undefined : groupOf(minute.groups, key)
  if (known !== undefined) addToGroup(known, quantities, received, weighted)
  else minute.groups = withGroup(minute.groups, { key, skus, quantities, received, weighted })
}

/** Most minutes have one group, and a list of one is the smallest that there is. */
const withGroup = (groups: readonly UsageGroup[], group: UsageGroup): readonly UsageGroup[] =>
  groups.length === 0 ? [group] : [...groups, group]

/** The same list where there is room for all of them. */
function boundedSkus(service: ServiceFold, skus: readonly Sku[]): readonly Sku[] {
  if (service.fittingSkus === skus) return skus
  let bounded: Sku[] | undefined
  for (let i = 0; i < skus.length; i += 1) {
    const sku = skus[i] as Sku
    const kept = boundedSku(service, sku)
    if (kept === sku) continue
    bounded ??= [...skus]
    bounded[i] = kept
  }
  if (bounded !== undefined) return bounded
  service.fittingSkus = skus
  return skus
}

function boundedSku(service: ServiceFold, sku: Sku): Sku {
  if (service.skus.has(sku)) return sku
  if (service.skus.size >= MAX_SKUS) {
    if (service.crowdedOut.size < MAX_CROWDED_OUT) service.crowdedOut.add(`${service.service}: ${sku}`)
    return unknownSku(sku)
  }
  service.skus.add(sku)
  return sku
}
