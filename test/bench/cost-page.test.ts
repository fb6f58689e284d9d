import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BILLED, type CostFacts, FLEET, FLEETS } from './cost-facts.ts'
import { costPage } from './cost-page.ts'
import { countUnits } from './write-units.ts'

const page = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8')
/** A page's words, without its numbers. */
const words = (text: string): string => text.replace(/\d[\d,.e-]*\d|\d/g, '#')

const UNITS = {
  spansPerEvent: 1_000,
  bytesPerSpan: 400,
  rowsPerEvent: 10,
  writeUnitsPerEvent: 20,
  refusedUnitsPerEvent: 0,
  readUnitsPerEvent: 1,
  rowBytes: 1_500,
}

const UNITS_OF_CLOSE = { writeUnits: 2, readUnits: 3 }

describe('docs/cost.md', () => {
  it('is what `npm run cost` prints, but for what is measured anew each time', () => {
    const units = { once: UNITS_OF_CLOSE, perService: UNITS_OF_CLOSE, look: UNITS_OF_CLOSE }
    const fleets = FLEETS.map(([name, change]) => ({
      name,
      fleet: { ...FLEET, ...change },
      units: UNITS,
      ...(BILLED.includes(name) && { close: units }),
    }))
    const facts: CostFacts = {
      fleets,
      stateBytes: 2_500,
      nsPerSpan: 900,
      compression: { zstd: 7, gzip: 6 },
      node: 'v24.1.0',
      logBytes: { event: 900, close: 800, idle: 500, gate: 500 },
      deployed: {
        alarmMetrics: 40,
        dashboards: 1,
        customMetrics: 40,
        metricsRead: 30,
        tableGrants: 20,
        callsAMinute: 3,
        callsAnHour: 2,
        memoryMb: { 'close-windows': 1024, 'throttle-gate': 256 },
        storageGb: 300,
        accessLogFormat: '$context.status',
      },
    }
    expect(words(page)).toBe(words(costPage(facts)))
  })

  it('has the units that are counted today: where this fails, a row has changed, and `npm run cost` says what it costs now', async () => {
    const [name, change] = FLEETS.find(([each]) => each.startsWith('100 spans/s')) ?? ['', {}]
    const { spansPerEvent, writeUnitsPerEvent } = await countUnits({ ...FLEET, ...change })
    const counted = page.slice(page.indexOf('## Write units'))
    const row = counted.split('\n').find((line) => line.startsWith(`| ${name} |`))
    const cells = row?.split(' | ')
    expect(cells?.[6]).toBe(Math.round((writeUnitsPerEvent / spansPerEvent) * 1e6).toLocaleString('en-US'))
  })
})
