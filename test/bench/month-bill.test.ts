import { describe, expect, it } from 'vitest'
import { LIST_PRICES, type ListPrice, type PriceName } from './list-prices.ts'
import { ASSUMED, billedMsPerEvent, type MonthFacts, monthBill, sumUsd, usdPerMillionSpans } from './month-bill.ts'

const FACTS: MonthFacts = {
  spansPerSecond: 10_000,
  services: 10,
  partitions: 4,
  pollers: 4,
  spansPerEvent: 10_000,
  bytesPerSpan: 400,
  rowsPerEvent: 10,
  writeUnitsPerEvent: 20,
  readUnitsPerEvent: 1,
  rowBytes: 1_500,
  stateBytes: 2_500,
  nsPerSpan: 1_000,
  compressedBytesPerSpan: 60,
  tableMode: 'on demand',
}

/** Nothing costs anything but what is named. */
const only = (name: PriceName, usd: number): Record<PriceName, ListPrice> => {
  const free = Object.fromEntries(Object.keys(LIST_PRICES).map((one) => [one, { usd: 0, source: '' }]))
  return { ...(free as Record<PriceName, ListPrice>), [name]: { usd, source: '' } }
}

const SECONDS = ASSUMED.hoursPerMonth * 3600

describe("the month's bill", () => {
  it('has each event write its units, and each close its state', () => {
    const closes = 10 * ASSUMED.hoursPerMonth * 60
    expect(sumUsd(monthBill(FACTS, only('writeUnit', 1)))).toBe(20 * SECONDS + 3 * closes)
  })

  it('of a provisioned ledger pays for what is idle, too', () => {
    const lines = monthBill({ ...FACTS, tableMode: 'provisioned' }, only('writeCapacityHour', 1))
    expect(sumUsd(lines)).toBeCloseTo((20 / ASSUMED.utilisation) * ASSUMED.hoursPerMonth)
  })

  it('pays for a unit of ten pollers or 20 MB/s, whichever is more', () => {
    const units = (facts: Partial<MonthFacts>): number =>
      sumUsd(monthBill({ ...FACTS, ...facts }, only('pollerUnitHour', 1))) / ASSUMED.hoursPerMonth
    expect(units({})).toBe(1)
    expect(units({ pollers: 11 })).toBe(2)
    expect(units({ spansPerSecond: 150_000 })).toBe(3)
  })

  it('keeps each copy of the compressed records for as long as the topic does', () => {
    const gb = sumUsd(monthBill(FACTS, only('brokerGbMonth', 1)))
    expect(gb).toBeCloseTo((10_000 * 60 * 3600 * ASSUMED.retentionHours * ASSUMED.brokers) / 2 ** 30)
  })

  it('has small brokers for a small fleet, and no others', () => {
    const hours = (spansPerSecond: number, price: PriceName): number =>
      sumUsd(monthBill({ ...FACTS, spansPerSecond }, only(price, 1)))
    expect(hours(ASSUMED.smallBrokersUpTo, 'smallBrokerHour')).toBe(ASSUMED.brokers * ASSUMED.hoursPerMonth)
    expect(hours(ASSUMED.smallBrokersUpTo, 'brokerHour')).toBe(0)
    expect(hours(ASSUMED.smallBrokersUpTo + 1, 'smallBrokerHour')).toBe(0)
  })

  it('names a price of the list for each line', () => {
    for (const { price, usd } of monthBill(FACTS, LIST_PRICES)) {
      expect(LIST_PRICES[price].usd).toBeGreaterThan(0)
      expect(usd).toBeGreaterThan(0)
    }
  })
})

describe('an event', () => {
  it('is billed for its CPU, and for waiting while its rows are written 16 at a time, between the two writes of progress', () => {
    expect(billedMsPerEvent(FACTS, 1769)).toBe(10 + 3 * ASSUMED.writeMs)
    expect(billedMsPerEvent({ ...FACTS, rowsPerEvent: 17 }, 1769)).toBe(10 + 4 * ASSUMED.writeMs)
  })

  it('takes longer on less than a vCPU, and no less time on more', () => {
    expect(billedMsPerEvent(FACTS, 1769 / 2)).toBe(20 + 3 * ASSUMED.writeMs)
    expect(billedMsPerEvent(FACTS, 3008)).toBe(billedMsPerEvent(FACTS, 1769))
  })

  it('costs its units, its time and its request', () => {
    expect(usdPerMillionSpans(FACTS, only('writeUnit', 1))).toBe(2_000)
    expect(usdPerMillionSpans(FACTS, only('readUnit', 1))).toBe(100)
    expect(usdPerMillionSpans(FACTS, only('lambdaRequest', 1))).toBe(100)
    const gbSeconds = ((10 + 3 * ASSUMED.writeMs) / 1000) * (ASSUMED.memoryMb / 1024)
    expect(usdPerMillionSpans(FACTS, only('lambdaGbSecond', 1))).toBeCloseTo(100 * gbSeconds)
  })
})
