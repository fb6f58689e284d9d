import { gzipSync, zstdCompressSync } from 'node:zlib'
import { bytesOfAgedState } from './aged-state.ts'
import { bundled } from './bundled.ts'
import { type CloseUnits, countCloses } from './close-units.ts'
import { BASE, NOW } from './consumer.ts'
import type { DeployedCounts } from './deployed-counts.ts'
import { fleetRecords } from './fleet-records.ts'
import { LIST_PRICES } from './list-prices.ts'
import type { LogBytes } from './log-bytes.ts'
import { type EventFacts, type MonthFacts, type TableMode, usdPerMillionSpans } from './month-bill.ts'
import { mskEvent } from './msk-event.ts'
import { type CountedUnits, countUnits, type Fleet } from './write-units.ts'

/** One fleet, counted. */
export interface CountedFleet {
  readonly name: string
  readonly fleet: Fleet
  readonly units: CountedUnits
  /** Of those that are billed for a month. */
  readonly close?: CloseUnits
}

/** All that docs/cost.md says in numbers. */
export interface CostFacts {
  readonly fleets: readonly CountedFleet[]
  readonly stateBytes: number
  readonly logBytes: LogBytes
  readonly deployed: DeployedCounts
  /** attribute-spans as it is deployed, on a ledger in memory, ns a span. */
  readonly nsPerSpan: number
  /** A record's bytes over its compressed bytes. */
  readonly compression: { readonly zstd: number; readonly gzip: number }
  readonly node: string
}

/** The fleet that the targets are of, on what `infra` deploys. */
export const FLEET: Fleet = {
  spansPerSecond: 50_000,
  services: 50,
  operations: 20,
  spansPerRecord: 1000, // deploy/collector.yaml: batches of 400,000 bytes and more
  partitions: 12,
  pollers: 12,
  windowSeconds: 5,
  containers: 4,
  keyedByService: false,
}

/** The shapes that docs/cost.md counts. */
export const FLEETS: readonly (readonly [name: string, change: Partial<Fleet>])[] = [
  ['50 services', {}],
  ['500 services', { services: 500 }],
  ['5 services', { services: 5 }],
  ['1 operation', { operations: 1 }],
  ['64 operations', { operations: 64 }],
  ['6 pollers: 2 partitions an event', { pollers: 6 }],
  ['3 pollers: 4 partitions an event', { pollers: 3 }],
  ['1 poller: 12 partitions an event', { pollers: 1 }],
  ['window of 1 s', { windowSeconds: 1 }],
  ['window of 2 s', { windowSeconds: 2 }],
  ['window of 20 s', { windowSeconds: 20 }],
  ['one container, which knows every row', { containers: 1 }],
  ['500 services, keyed by service', { services: 500, keyedByService: true }],
  ['1,000 spans/s', { spansPerSecond: 1_000 }],
  ['1,000 spans/s on 1 partition', { spansPerSecond: 1_000, partitions: 1, pollers: 1 }],
  ['100 spans/s of 5 services, 1 partition', { spansPerSecond: 100, services: 5, partitions: 1, pollers: 1 }],
  ['5,000 spans/s', { spansPerSecond: 5_000 }],
  ['5,000 spans/s on 2 partitions', { spansPerSecond: 5_000, partitions: 2, pollers: 2 }],
]

export const [SMALL, LARGE] = ['50 services', '500 services'] as const

/** Fleets that are billed for a month. */
export const BILLED: readonly string[] = [
  '100 spans/s of 5 services, 1 partition',
  '1,000 spans/s on 1 partition',
  '5,000 spans/s on 2 partitions',
  SMALL,
  LARGE,
]

const ROUNDS = 20

/** Counts and measures everything else anew: half a minute. */
export async function costFacts(given: Pick<CostFacts, 'deployed' | 'logBytes'>): Promise<CostFacts> {
  const fleets: CountedFleet[] = []
  for (const [name, change] of FLEETS) {
    const fleet = { ...FLEET, ...change }
    const units = await countUnits(fleet)
    fleets.push({ name, fleet, units, ...(BILLED.includes(name) && { close: await countCloses(fleet) }) })
  }
  const [record = new Uint8Array()] = fleetRecords(FLEET, 1, NOW)
  return {
    fleets,
    stateBytes: await bytesOfAgedState(),
    ...given,
    nsPerSpan: await nsPerSpan(),
    compression: {
      zstd: record.length / zstdCompressSync(record).length,
      gzip: record.length / gzipSync(record).length,
    },
    node: process.version,
  }
}

async function nsPerSpan(): Promise<number> {
  const { attributeSpansInMemory } = bundled<typeof import('./consumer.ts')>('consumer.ts')
  const event = mskEvent(BASE)
  const consumer = attributeSpansInMemory()
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round += 1) {
    consumer.forget()
    const startedMs = performance.now()
    await consumer.run(event)
    best = Math.min(best, ((performance.now() - startedMs) * 1e6) / event.spans)
  }
  return best
}

/** USD a million spans of the fleets that the targets are of, on tables of each mode. */
export async function targetsInUsd(nsPerSpan: number) {
  const units = new Map<number, CountedUnits>()
  for (const services of [50, 500]) units.set(services, await countUnits({ ...FLEET, services }))
  const modes: readonly TableMode[] = ['on demand', 'provisioned']
  return modes.flatMap((tables) =>
    [...units].map(([services, counted]) => {
      const facts = { ...counted, nsPerSpan, tableMode: tables }
      return { services, tables, usd: Math.round(usdPerMillionSpans(facts, LIST_PRICES) * 1e5) / 1e5 }
    }),
  )
}

/** What an event of a counted fleet costs, in a mode. */
export const eventFacts = ({ units }: CountedFleet, facts: CostFacts, tableMode: TableMode): EventFacts => ({
  ...units,
  nsPerSpan: facts.nsPerSpan,
  tableMode,
})

/**
 * What a month of a counted fleet is worked out from.
 * @throws where the fleet is not one of those that are billed
 */
export function monthFacts(counted: CountedFleet, facts: CostFacts, tableMode: TableMode): MonthFacts {
  const { fleet, units, close } = counted
  if (close === undefined) throw new Error(`no close of the fleet "${counted.name}" was counted`)
  return {
    ...fleet,
    ...eventFacts(counted, facts, tableMode),
    bytesPerSpan: units.bytesPerSpan,
    rowBytes: units.rowBytes,
    close,
    stateBytes: facts.stateBytes,
    logBytes: facts.logBytes,
    deployed: facts.deployed,
    compressedBytesPerSpan: units.bytesPerSpan / facts.compression.zstd,
  }
}
