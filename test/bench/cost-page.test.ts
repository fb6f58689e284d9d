import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FLEET, FLEETS } from './cost-facts.ts'
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

describe('docs/cost.md', () => {
  it('is what `npm run cost` prints, but for what is measured anew each time', () => {
    const fleets = FLEETS.map(([name, change]) => ({ name, fleet: { ...FLEET, ...change }, units: UNITS }))
    const facts = { fleets, stateBytes: 2_500, nsPerSpan: 900, compression: { zstd: 7, gzip: 6 }, node: 'v24.1.0' }
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
