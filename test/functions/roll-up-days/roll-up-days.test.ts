import { describe, expect, it } from 'vitest'
import { type RollUpRun, rollUpDays } from '../../../functions/roll-up-days/roll-up-days.ts'
import { connectDailyRows } from '../../../layers/adapters/ledger-days.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import { minuteCounter, operationCounter, outcomeCounter } from '../../../layers/core/ledger/counters.ts'
import { pack } from '../../../layers/core/ledger/packed.ts'
import { ledgerRowPlace } from '../../../layers/core/ledger/row-name.ts'
import { type Day, formatDay, MS_PER_DAY, parseDay } from '../../../layers/core/time/days.ts'
import { type EpochMs, hourOf } from '../../../layers/core/time/instants.ts'
import { modelledTable } from '../../layers/adapters/modelled-table.ts'

const NIGHT = Date.parse('2026-11-24T01:20:00Z') as EpochMs
const YESTERDAY = '2026-11-23'
const SCHEDULED = { source: 'aws.events' }
const onTime = () => false

/** A table with a ledger, and roll-ups on it. */
function rig(services: readonly string[], now = NIGHT, ledgerDays = 90) {
  const table = modelledTable()
  const requests: string[] = []
  const client = table.clientThrough(async (request, apply) => {
    const key = request.input.Item as { row?: { S?: string } } | undefined
    requests.push(`${request.name} ${key?.row?.S ?? ''}`)
    return apply()
  })
  const ledger = connectLedger(client, 'ledger', ledgerDays)
  const days = connectDailyRows(client, 'ledger', 13)
  const runs: RollUpRun[] = []
  const offsets = new Map<string, number>()
  return {
    table,
    days,
    runs,
    dayWrites: () => requests.filter((one) => one.startsWith('PutItem d1#')).length,
    /** Spends so many picodollars at an instant, as attribute-spans books it. */
    async spend(service: string, at: string, cost: bigint, shard = 'k3f9.0', commit = 'a1b2c3d') {
      const instant = Date.parse(at) as EpochMs
      const place = ledgerRowPlace({ service, hour: hourOf(instant), commit, shard })
      const offset = (offsets.get(shard) ?? 0) + 1
      offsets.set(shard, offset)
      const counters = new Map([
        [minuteCounter(new Date(instant).getUTCMinutes()), pack(cost, 1n)],
        [operationCounter('GET /x'), pack(cost, 1n)],
        [outcomeCounter('booked'), 1n],
      ])
      await ledger.bookRow(place, [{ offset, timestampMs: instant, counters }])
    },
    run: (event: unknown = SCHEDULED, isLate = onTime, at = now) =>
      rollUpDays({
        now: () => at,
        ledgerDays,
        readServices: async () => services,
        readHours: ledger.readHours,
        days,
        observe: (run) => runs.push(run),
      })(event, isLate),
    costOf: async (service: string, day: string) => {
      const parsed = parseDay(day) as Day
      return (await days.readDays(service, parsed, parsed)).map(({ commit, cost }) => [commit, cost])
    },
  }
}

describe('roll-up-days', () => {
  it('makes one row of a day, of all hours and shards of a commit', async () => {
    const { run, spend, costOf } = rig(['a'])
    await spend('a', '2026-11-23T00:00:00Z', 1n)
    await spend('a', '2026-11-23T13:59:00Z', 20n, 'k3f9.1')
    await spend('a', '2026-11-23T23:59:59Z', 300n, 'k3f9.2')
    await spend('a', '2026-11-23T05:00:00Z', 7n, 'k3f9.2', 'other')
    await spend('a', '2026-11-24T00:00:00Z', 1000n)
    expect(await run()).toMatchObject({ from: '2026-11-16', to: YESTERDAY, services: 1, written: 2, drifted: 0 })
    expect(await costOf('a', YESTERDAY)).toEqual([
      ['a1b2c3d', 321n],
      ['other', 7n],
    ])
    expect(await costOf('a', '2026-11-24')).toEqual([])
  })

  it('changes nothing when it runs twice, and writes nothing', async () => {
    const { run, spend, table, dayWrites } = rig(['a'])
    await spend('a', '2026-11-20T10:00:00Z', 5n)
    await run({ from: '2026-11-20', to: '2026-11-20' })
    const once = structuredClone([...table.items])
    expect(await run({ from: '2026-11-20', to: '2026-11-20' })).toMatchObject({ written: 0 })
    expect([...table.items]).toEqual(once)
    expect(dayWrites()).toBe(1)
  })

  it('rolls a day up again that spans changed a week late, the next night', async () => {
    const { run, spend, costOf } = rig(['a'])
    await spend('a', '2026-11-23T10:00:00Z', 5n)
    await run()
    await spend('a', '2026-11-23T10:01:00Z', 6n)
    expect(await run(SCHEDULED, onTime, (NIGHT + 7 * MS_PER_DAY) as EpochMs)).toMatchObject({ written: 1 })
    expect(await costOf('a', YESTERDAY)).toEqual([['a1b2c3d', 11n]])
  })

  it('rolls a day up again that was settled or redriven weeks later, within two weeks and before its hours are gone', async () => {
    const { run, spend, costOf } = rig(['a'])
    const at = (nights: number) => (NIGHT + nights * MS_PER_DAY) as EpochMs
    await spend('a', '2026-11-23T10:00:00Z', 5n)
    await run()
    await spend('a', '2026-11-23T10:01:00Z', 6n)
    for (let nights = 20; nights < 34; nights += 1) await run(SCHEDULED, onTime, at(nights))
    expect(await costOf('a', YESTERDAY)).toEqual([['a1b2c3d', 11n]])
    await spend('a', '2026-11-23T10:02:00Z', 7n)
    await run(SCHEDULED, onTime, at(88))
    expect(await costOf('a', YESTERDAY)).toEqual([['a1b2c3d', 18n]])
  })

  it('does a night once, however often its schedule calls', async () => {
    const { run, spend } = rig(['a'])
    await spend('a', '2026-11-23T10:00:00Z', 5n)
    expect(await run()).toMatchObject({ services: 1, cut: false })
    expect(await run()).toMatchObject({ services: 0, cut: false })
  })

  it('stops when the time is up, and goes on with the services that are left', async () => {
    const services = Array.from({ length: 10 }, (_, i) => `s${i}`)
    const { run, spend, costOf } = rig(services)
    for (const service of services) await spend(service, '2026-11-23T10:00:00Z', 5n)
    let asked = 0
    expect(await run(SCHEDULED, () => ++asked > 1)).toMatchObject({ services: 4, cut: true })
    expect(await run()).toMatchObject({ services: 6, cut: false })
    for (const service of services) expect(await costOf(service, YESTERDAY)).toEqual([['a1b2c3d', 5n]])
  })

  it('passes over a service that fails, does the others, and says so', async () => {
    const { run, spend, costOf, table } = rig(['a', 'b'])
    await spend('a', '2026-11-23T10:00:00Z', 5n)
    await spend('b', '2026-11-23T10:00:00Z', 6n)
    table.items.set('a\nd1#2026-11-23#old', {
      service: { S: 'a' },
      row: { S: 'd1#2026-11-23#old' },
      day: { S: 'no json' },
    })
    await expect(run()).rejects.toThrow('1 services could not be rolled up')
    expect(await costOf('b', YESTERDAY)).toEqual([['a1b2c3d', 6n]])
  })

  it('never makes a day less because its first hours have expired', async () => {
    const { run, costOf, days } = rig(['a'], NIGHT, 3)
    const day = parseDay('2026-11-20') as Day
    const empty = { operations: [], usage: [], outcomes: [], entryRequests: 0, bookedUpTo: NIGHT }
    await days.setDay({ service: 'a', day, commit: 'c', cost: 9n as never, ...empty })
    expect(await run()).toMatchObject({ from: '2026-11-22', to: YESTERDAY })
    await expect(run({ from: '2026-11-20', to: '2026-11-20' })).rejects.toThrow('none before 2026-11-22')
    expect(await costOf('a', formatDay(day))).toEqual([['c', 9n]])
  })

  it('keeps daily rows 13 months and knows their services', async () => {
    const { run, spend, table, days } = rig(['a'])
    await spend('a', '2026-11-23T10:00:00Z', 5n)
    await run()
    const item = table.items.get(`a\nd1#${YESTERDAY}#a1b2c3d`)
    expect(Number(item?.expiresAt?.N)).toBe(Date.parse('2027-12-23T00:00:00Z') / 1000)
    expect(await days.listServices()).toEqual(['a'])
  })

  it.each([
    [{ from: '2026-11-24', to: '2026-11-23' }],
    [{ from: 'yesterday', to: '2026-11-23' }],
    ['roll'],
    [{ a: 1 }],
  ])('refuses %j, and says what it takes', async (event) => {
    await expect(rig([]).run(event)).rejects.toThrow('roll-up-days takes')
  })
})
