import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readOtlpFiles } from '../../../cli/demo/otlp-files.ts'
import { drawExplained } from '../../../cli/explain/draw-explained.ts'
import { explainFiles } from '../../../cli/explain/explain-files.ts'
import { readOffline } from '../../../cli/offline/offline-options.ts'
import { foldRecord } from '../../../layers/core/ledger/fold-record.ts'
import { unpack } from '../../../layers/core/ledger/packed.ts'
import { priceRecord } from '../../../layers/core/ledger/price-record.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../../layers/core/otlp/decode-record.ts'

const otlp = fileURLToPath(new URL('../../../../shared/data/otlp/', import.meta.url))
const files = ['', 'bad', 'other-formats']
  .map((under) => join(otlp, under))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { withFileTypes: true }).map((entry) => ({ folder, entry })))
  .filter(({ entry }) => entry.isFile() && !entry.name.endsWith('.md'))
  .map(({ folder, entry }) => join(folder, entry.name))

const offline = await readOffline({})

/** What the ledger books for a file: picodollars, and spans by outcome; dead spans with them. */
async function bookedOf(file: string) {
  let cost = 0n
  const outcomes = { booked: 0, parked: 0, uncharged: 0, dead: 0 }
  for (const { value, timestampMs } of await readOtlpFiles([file])) {
    const decoded = decodeRecord(value, timestampMs, offline.context.maxDeclared)
    outcomes.dead += decoded.dead.length
    for (const { kind, counters, parked } of priceRecord(
      foldRecord(decoded, offline.context),
      offline.book,
      's',
      timestampMs,
    )) {
      if (kind === 'front-door') continue
      for (const [key, count] of [counters, ...parked.values()].flatMap((some) => [...some])) {
        if (key.startsWith('o:')) cost += unpack(count).amount
        else if (key === 'b') outcomes.booked += Number(count)
        else if (key.startsWith('w:')) outcomes.parked += Number(count)
        else if (key === 'i' || key === 'n' || key.startsWith('u:')) outcomes.uncharged += Number(count)
      }
    }
  }
  return { cost, outcomes }
}

describe.skipIf(files.length === 0)('the collected OTLP files (only where the data folder is)', () => {
  it.each(files)('%s is explained as the ledger books it', async (file) => {
    const explained = await explainFiles([file], offline)
    const { cost, outcomes } = await bookedOf(file)
    const live = explained.filter(({ rule }) => !rule.startsWith('dead-letter:'))
    expect({
      booked: live.filter(({ charged, parked }) => charged && parked.length === 0).length,
      parked: live.filter(({ parked }) => parked.length > 0).length,
      uncharged: live.filter(({ charged }) => !charged).length,
      dead: explained.length - live.length,
    }).toEqual(outcomes)

    // The ledger rounds once a record; here every line is rounded by itself, by half a picodollar at most.
    const lines = explained.flatMap((one) => one.lines)
    const sum = lines.reduce((total, { usd }) => total + parseUsd(usd), 0n)
    expect(explained.reduce((total, { totalUsd }) => total + parseUsd(totalUsd), 0n)).toBe(sum)
    const difference = sum > cost ? sum - cost : cost - sum
    expect(difference * 2n).toBeLessThanOrEqual(BigInt(lines.length * 2))
    expect(drawExplained(explained, (_, line) => line, new Set())).toContain(`Total of ${explained.length} span`)
  })
})
