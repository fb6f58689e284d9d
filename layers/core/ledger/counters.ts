import { memoize } from '../operation/memoize.ts'
import type { Sku } from '../rating/usage.ts'

/**
 * A counter of a row. Fixed ones are attribute names (`m7`: minute 7; `b`, `i`, `n`: spans booked, inner, no-meter).
 * Named ones are a letter, a colon and a name, for which the dictionary gives a short id: `o:<operation>`, `s:<SKU>`,
 * `u:<attribute>` (unmetered), and on parked rows `p:<operation>\t<SKU>` (usage that waits for a price) and
 * `w:<SKU>\t<SKU>...` (spans received that wait for exactly these prices).
 */
export type CounterKey = string & { readonly __kind: 'counter' }

export const MAX_OPERATIONS = 64
export const MAX_SKUS = 100
const MAX_UNMETERED = 8
/** Parked (operation, SKU) pairs of one record, minute and row: with `*` for every SKU they fit one update. */
export const MAX_PARKED_PAIRS = 140
/** Sets of SKUs that spans of one parked row wait for; with 240 parked pairs they fit one update. */
const MAX_WAITING_SETS = 8
export const OVERFLOW = '*'

export const minuteCounter = (minute: number): CounterKey => `m${minute}` as CounterKey
// The same text for the same name, so that maps need not compare it letter by letter.
export const operationCounter = memoize((operation: string) => `o:${operation}` as CounterKey, 20_000)
export const skuCounter: (sku: Sku) => CounterKey = memoize((sku: string) => `s:${sku}` as CounterKey, 2_000)
export const parkedCounter = (operation: string, sku: Sku): CounterKey => `p:${operation}\t${sku}` as CounterKey

/** Spans that wait for the prices of these SKUs; the order they are given in does not matter. */
export const waitingCounter = (skus: Iterable<Sku>): CounterKey =>
  `w:${[...new Set(skus)].sort().join('\t')}` as CounterKey

const OUTCOME_COUNTERS = { booked: 'b', inner: 'i', 'no-meter': 'n' } as const
const UNMETERED = 'unmetered:'

/** The counter of an outcome: `booked`, `inner`, `no-meter`, `unmetered:<attribute>`. Parked spans have `waitingCounter`. */
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

export const isParked = (key: CounterKey): boolean => key.startsWith('p:')
export const isWaiting = (key: CounterKey): boolean => key.startsWith('w:')

/** The name of a named counter. */
export const nameOf = (key: CounterKey): string => key.slice(2)

/** `unknown/bedrock`: where usage goes whose SKU finds no room; named by its meter, so that a dead letter can say which. */
export function unknownSku(sku: string): Sku {
  const [first = 'meter', second = first] = sku.split('/')
  return `unknown/${first === 'aws' ? second : first}` as Sku
}

/** The room that a row has for names. */
export interface NameRoom {
  /** The key itself, or the overflow key where the row has no room for another name of its kind. Takes what it gives. */
  capped(key: CounterKey): CounterKey
}

/** The room that is left in a row with these named counters. */
export function nameRoom(named: Iterable<CounterKey>): NameRoom {
  const taken = new Set<CounterKey>()
  const names = { o: 0, s: 0, u: 0, w: 0 }
  // What was settled counts like what waits: a writer that has not seen the settling decides the same.
  const operations = new Set<string>()
  const skus = new Set<string>()

  const take = (key: CounterKey): CounterKey => {
    if (!isNamed(key) || taken.has(key)) return key
    taken.add(key)
    if (isParked(key)) {
      const [operation, sku] = parkedNames(key)
      operations.add(operation)
      skus.add(sku)
      return key
    }
    names[key[0] as keyof typeof names] += 1
    if (key[0] === 'o') operations.add(nameOf(key))
    if (key[0] === 's') skus.add(nameOf(key))
    return key
  }

  const fitting = (key: CounterKey): CounterKey => {
    switch (key[0]) {
      case 'o':
        return names.o < MAX_OPERATIONS - 1 ? key : operationCounter(OVERFLOW)
      case 's':
        return names.s < MAX_SKUS ? key : skuCounter(unknownSku(nameOf(key)))
      case 'u':
        return names.u < MAX_UNMETERED - 1 ? key : (`u:${OVERFLOW}` as CounterKey)
      case 'w':
        return names.w < MAX_WAITING_SETS - 1 ? key : waitingCounter([OVERFLOW as Sku])
      default:
        return fittingPair(key)
    }
  }

  const fittingPair = (key: CounterKey): CounterKey => {
    const [operation, sku] = parkedNames(key)
    const keptOperation = operations.has(operation) || operations.size < MAX_OPERATIONS - 1 ? operation : OVERFLOW
    const keptSku = skus.has(sku) || skus.size < MAX_SKUS ? sku : unknownSku(sku)
    return parkedCounter(keptOperation, keptSku)
  }

  for (const key of named) take(key)
  return { capped: (key) => (!isNamed(key) || taken.has(key) ? key : take(fitting(key))) }
}

/** Is there surely room for all of these in a row with these named counters, so that `nameRoom` would change none of them? */
export function isRoomFor(counters: ReadonlyMap<CounterKey, unknown>, named: ReadonlySet<CounterKey>): boolean {
  const names = { operations: 0, skus: 0, unmetered: 0, others: 0 }
  for (const key of counters.keys()) if (isNamed(key) && !(named.size > 0 && named.has(key))) countName(names, key)
  const { operations, skus, unmetered, others } = names
  if (operations + skus + unmetered + others === 0) return true
  for (const key of named) countName(names, key)
  return (
    names.others === 0 && names.operations < MAX_OPERATIONS && names.skus <= MAX_SKUS && names.unmetered < MAX_UNMETERED
  )
}

interface NameCounts {
  operations: number
  skus: number
  unmetered: number
  /** Names of what is parked take room of two kinds. */
  others: number
}

function countName(names: NameCounts, key: CounterKey): void {
  switch (key.charCodeAt(0)) {
    case 111: // o
      names.operations += 1
      break
    case 115: // s
      names.skus += 1
      break
    case 117: // u
      names.unmetered += 1
      break
    default:
      names.others += 1
  }
}

/** Operation and SKU of a parked counter. */
export function parkedNames(key: CounterKey): readonly [operation: string, sku: Sku] {
  const name = nameOf(key)
  const tab = name.indexOf('\t')
  return [name.slice(0, tab), name.slice(tab + 1) as Sku]
}

/** The SKUs that a waiting counter's spans wait for; `*` alone: more sets than the row has room for. */
export const waitingSkus = (key: CounterKey): readonly Sku[] => nameOf(key).split('\t') as Sku[]
