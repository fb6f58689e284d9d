import { formatHour, type Hour, parseHour } from '../time/instants.ts'
import { GENERATION, type RowKey } from './row.ts'

/** Where a row lies in the Ledger table: `service` is the partition key, `row` the sort key. */
export interface RowPlace {
  readonly service: string
  readonly row: string
}

const PARKED = 'parked'

/** Prefix of every row of the generation: `g1#`. */
export const rowPrefix = (): string => `g${GENERATION}#`

let last = { hour: 0 as Hour, prefix: `${rowPrefix()}${formatHour(0 as Hour)}#` }

/** Prefix of every row of one hour, all commits and shards: `g1#2026-11-23T08#`. Mostly it is the hour that was asked for before. */
export function hourPrefix(hour: Hour): string {
  if (last.hour !== hour) last = { hour, prefix: `${rowPrefix()}${formatHour(hour)}#` }
  return last.prefix
}

/** `g1#2026-11-23T08#a1b2c3d#k3f9.3`. Commits hold no `#` (identity/commit.ts). */
export function ledgerRowPlace(key: RowKey): RowPlace {
  return { service: key.service, row: `${hourPrefix(key.hour)}${key.commit}#${key.shard}` }
}

/** The sibling that holds the usage of one minute that waits for a price: `<row>#parked#07`. */
export function parkedRowPlace({ service, row }: RowPlace, minute: number): RowPlace {
  return { service, row: `${row}#${PARKED}#${String(minute).padStart(2, '0')}` }
}

/** The environment's own row, which counts front-door requests. No service identity begins with `#`. */
export function frontDoorRowPlace(environment: string, hour: Hour, shard: string): RowPlace {
  return { service: frontDoorService(environment), row: `${hourPrefix(hour)}-#${shard}` }
}

/** The partition key under which an environment's front-door rows lie. */
export const frontDoorService = (environment: string): string => `#env#${environment}`

/** What a sort key says; undefined for a key that none of the functions above wrote. */
export function parseRowName(
  row: string,
):
  | { readonly hour: Hour; readonly commit: string; readonly shard: string; readonly parkedMinute?: number }
  | undefined {
  const [generation, hourText, commit, shard, parked, minute] = row.split('#')
  if (generation !== `g${GENERATION}` || hourText === undefined || commit === undefined || shard === undefined) {
    return undefined
  }
  const hour = parseHour(hourText)
  if (hour === undefined) return undefined
  return parked === PARKED ? { hour, commit, shard, parkedMinute: Number(minute) } : { hour, commit, shard }
}
