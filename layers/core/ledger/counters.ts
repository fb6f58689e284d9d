import type { Sku } from '../rating/usage.ts'

/**
 * A counter of a row. Fixed ones are attribute names (`m7`: minute 7; `b`, `k`, `i`, `n`: spans booked, parked, inner,
 * no-meter). Named ones are a letter, a colon and a name, for which the dictionary gives a short id:
 * `o:<operation>`, `s:<SKU>`, `u:<attribute>` (unmetered), `p:<operation>\t<SKU>` (parked).
 */
export type CounterKey = string & { readonly __kind: 'counter' }

export const MAX_OPERATIONS = 64
export const MAX_SKUS = 100
export const MAX_UNMETERED = 8
/** Parked (operation, SKU) pairs of one record, minute and row: with `*` for every SKU they fit one update. */
export const MAX_PARKED_PAIRS = 140
export const OVERFLOW = '*'

export const minuteCounter = (minute: number): CounterKey => `m${minute}` as CounterKey
export const operationCounter = (operation: string): CounterKey => `o:${operation}` as CounterKey
export const skuCounter = (sku: Sku): CounterKey => `s:${sku}` as CounterKey
export const parkedCounter = (operation: string, sku: Sku): CounterKey => `p:${operation}\t${sku}` as CounterKey

const OUTCOME_COUNTERS = { booked: 'b', parked: 'k', inner: 'i', 'no-meter': 'n' } as const
const UNMETERED = 'unmetered:'

/** The counter of an outcome: `booked`, `parked`, `inner`, `no-meter`, `unmetered:<attribute>`. */
export function outcomeCounter(outcome: string): CounterKey {
  if (outcome.startsWith(UNMETERED)) return `u:${outcome.slice(UNMETERED.length)}` as CounterKey
  return OUTCOME_COUNTERS[outcome as keyof typeof OUTCOME_COUNTERS] as CounterKey
}

/** The outcome that a fixed outcome counter counts; undefined for other attributes. */
export function outcomeOfAttribute(attribute: string): string | undefined {
  for (const [outcome, name] of Object.entries(OUTCOME_COUNTERS)) if (name === attribute) return outcome
  return undefined
}

/** Named counters have their id in a dictionary; fixed ones are their own attribute name. */
export const isNamed = (key: CounterKey): boolean => key.charCodeAt(1) === 58 // ':'

/** The name of a named counter. */
export const nameOf = (key: CounterKey): string => key.slice(2)

/** `unknown/bedrock`: where usage goes whose SKU finds no room; named by its meter, so that a dead letter can say which. */
export function unknownSku(sku: string): Sku {
  const [first = 'meter', second = first] = sku.split('/')
  return `unknown/${first === 'aws' ? second : first}` as Sku
}

/** The key itself, or the overflow key where the row has no room for another name of its kind. */
export function cappedKey(key: CounterKey, named: ReadonlySet<CounterKey>): CounterKey {
  if (!isNamed(key) || named.has(key)) return key
  switch (key[0]) {
    case 'o':
      return countOf(named, 'o:') < MAX_OPERATIONS - 1 ? key : operationCounter(OVERFLOW)
    case 's':
      return countOf(named, 's:') < MAX_SKUS ? key : skuCounter(unknownSku(nameOf(key)))
    case 'u':
      return countOf(named, 'u:') < MAX_UNMETERED - 1 ? key : (`u:${OVERFLOW}` as CounterKey)
    default:
      return cappedParked(key, named)
  }
}

function cappedParked(key: CounterKey, named: ReadonlySet<CounterKey>): CounterKey {
  const [operation, sku] = parkedNames(key)
  const operations = new Set<string>()
  const skus = new Set<string>()
  for (const other of named) {
    const [otherOperation, otherSku] = parkedNames(other)
    operations.add(otherOperation)
    skus.add(otherSku)
  }
  const keptOperation = operations.has(operation) || operations.size < MAX_OPERATIONS - 1 ? operation : OVERFLOW
  const keptSku = skus.has(sku) || skus.size < MAX_SKUS ? sku : unknownSku(sku)
  return parkedCounter(keptOperation, keptSku)
}

/** Operation and SKU of a parked counter. */
export function parkedNames(key: CounterKey): readonly [operation: string, sku: Sku] {
  const name = nameOf(key)
  const tab = name.indexOf('\t')
  return [name.slice(0, tab), name.slice(tab + 1) as Sku]
}

function countOf(named: ReadonlySet<CounterKey>, prefix: string): number {
  let count = 0
  for (const key of named) if (key.startsWith(prefix)) count += 1
  return count
}
