import { describe, expect, it } from 'vitest'
import { LIST_PRICES, type ListPrice, type PriceName } from './list-prices.ts'
import {
  ASSUMED,
  accessLogBytes,
  billedMsPerEvent,
  DISK_FILL,
  type MonthFacts,
  monthBill,
  sumUsd,
  usdPerAsker,
  usdPerMillionSpans,
} from './month-bill.ts'

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
  close: {
    once: { writeUnits: 2, readUnits: 3 },
    perService: { writeUnits: 3, readUnits: 8 },
    look: { writeUnits: 0, readUnits: 2 },
  },
  stateBytes: 2_500,
  logBytes: { event: 1_000, close: 500, idle: 300, gate: 400 },
  deployed: {
    alarmMetrics: 40,
    dashboards: 1,
    customMetrics: 30,
    metricsRead: 20,
    tableGrants: 12,
    callsAMinute: 3,
    callsAnHour: 2,
    memoryMb: { 'close-windows': 1024, 'throttle-gate': 256 },
    storageGb: 300,
    accessLogFormat: '$context.identity.sourceIp "$context.httpMethod" $context.nothing',
  },
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
  it('has each event write its units, and each close those of itself and of each service', () => {
    const minutes = ASSUMED.hoursPerMonth * 60
    expect(sumUsd(monthBill(FACTS, only('writeUnit', 1)))).toBe(20 * SECONDS + (2 + 3 * 10) * minutes)
  })

  it('has the tick look six times a minute, each event look once, and each gate ask every five seconds', () => {
    const minutes = ASSUMED.hoursPerMonth * 60
    const closes = (3 + 8 * 10 + 6 * 2) * minutes
    const events = (1 + 1) * SECONDS
    expect(sumUsd(monthBill(FACTS, only('readUnit', 1)))).toBe(closes + events + (ASSUMED.gates * SECONDS) / 5 / 2)
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

  it('keeps each copy of the compressed records for as long as the topic does, on disks that are never full', () => {
    const gb = sumUsd(monthBill(FACTS, only('brokerGbMonth', 1)))
    expect(gb).toBeCloseTo((10_000 * 60 * 3600 * ASSUMED.retentionHours * ASSUMED.brokers) / 2 ** 30 / DISK_FILL)
  })

  it('pays for the disks that a small fleet leaves empty', () => {
    expect(sumUsd(monthBill({ ...FACTS, spansPerSecond: 10 }, only('brokerGbMonth', 1)))).toBe(300)
  })

  it('has two thirds of the compressed records cross a zone on their way to the brokers and from them', () => {
    const gb = sumUsd(monthBill(FACTS, only('zoneTransferGb', 1)))
    expect(gb).toBeCloseTo((2 * (2 / 3) * 10_000 * 60 * SECONDS) / 2 ** 30)
  })

  it('traces one call a second of a function and a twentieth of the others', () => {
    // an event a second, four questions of gates a second, three calls a minute and two an hour
    const scheduled = (3 * 60 + 2) * ASSUMED.hoursPerMonth
    expect(sumUsd(monthBill(FACTS, only('trace', 1)))).toBeCloseTo((1 + 1 + 3 * 0.05) * SECONDS + scheduled)
  })

  it('counts each metric of an alarm', () => {
    expect(sumUsd(monthBill(FACTS, only('alarmMonth', 1)))).toBe(40)
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

describe('who asks for flags', () => {
  it('pays for the API, the call, its time, half a read and the lines of two logs', () => {
    const questions = SECONDS / 5
    const of = (name: PriceName): number => usdPerAsker(FACTS, only(name, 1)) / questions
    expect(of('httpApiRequest')).toBe(1)
    expect(of('lambdaRequest')).toBe(1)
    expect(of('readUnit')).toBe(0.5)
    expect(of('lambdaGbSecond')).toBeCloseTo((ASSUMED.gateMs / 1000) * 0.25)
    expect(of('logGb')).toBeCloseTo((400 + accessLogBytes(FACTS.deployed.accessLogFormat)) / 2 ** 30)
  })
})

describe("a line of the API's access log", () => {
  it('has a variable of no value as a dash', () => {
    expect(accessLogBytes(FACTS.deployed.accessLogFormat)).toBe('203.0.113.200 "GET" -'.length)
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
