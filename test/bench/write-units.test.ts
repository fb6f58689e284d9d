import { describe, expect, it } from 'vitest'
import { countUnits, eventOf, type Fleet } from './write-units.ts'

const SMALL: Fleet = {
  spansPerSecond: 100,
  services: 2,
  operations: 1,
  spansPerRecord: 100,
  partitions: 2,
  pollers: 2,
  windowSeconds: 2,
  containers: 1,
  keyedByService: false,
}

describe('what an event of a fleet holds', () => {
  it('is what comes within the window', () => {
    expect(eventOf(SMALL, 400)).toEqual({ spans: 100, partitions: 1 })
    expect(eventOf({ ...SMALL, pollers: 1 }, 400)).toEqual({ spans: 200, partitions: 2 })
  })

  it('is whole records that fit into 6 MB of base64, where more comes', () => {
    const { spans } = eventOf({ ...SMALL, spansPerSecond: 50_000 }, 400)
    // 100 spans of 400 bytes are 53,336 bytes of base64 and 200 beside it
    expect(spans).toBe(Math.floor((6 * 2 ** 20) / 53_536) * 100)
  })
})

describe('the units of an event', () => {
  it('are one a small row and one for each of the two writes of progress', async () => {
    const units = await countUnits(SMALL)
    expect(units.spansPerEvent).toBe(100)
    // two services and the front doors; at the full hour the rows of the hour before as well
    expect(units.rowsPerEvent).toBeCloseTo(3 * (1 + 1 / 60))
    expect(units.rowBytes).toBeGreaterThan(900)
    expect(units.writeUnitsPerEvent).toBeGreaterThanOrEqual(5.05)
    expect(units.writeUnitsPerEvent).toBeLessThan(8)
    expect(units.refusedUnitsPerEvent).toBe(0)
  })

  it('double where an event holds two partitions, but for the progress', async () => {
    const units = await countUnits({ ...SMALL, pollers: 1 })
    expect(units.rowsPerEvent).toBeCloseTo(6 * (1 + 1 / 60))
  })

  it('are not more where other containers have the events between', async () => {
    const [one, four] = [await countUnits(SMALL), await countUnits({ ...SMALL, containers: 4 })]
    expect(four.writeUnitsPerEvent).toBeCloseTo(one.writeUnitsPerEvent, 0)
    expect(four.readUnitsPerEvent).toBeGreaterThan(one.readUnitsPerEvent)
  })
})
