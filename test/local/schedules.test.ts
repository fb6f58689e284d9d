import { describe, expect, it } from 'vitest'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { manualClock } from '../../local/clock.ts'
import { createSchedules } from '../../local/schedules.ts'

const NOON = Date.parse('2026-11-23T12:00:00Z') as EpochMs
const at = (seconds: number): EpochMs => (NOON + seconds * 1000) as EpochMs

function open(start = at(1)) {
  const clock = manualClock(start)
  const failures: unknown[] = []
  const sleep = async (ms: number): Promise<void> => clock.advance(ms)
  return { clock, failures, schedules: createSchedules(clock, sleep, (cause) => failures.push(cause)) }
}

describe('the schedules', () => {
  it('run at whole multiples of their time, and not before', async () => {
    const { schedules } = open()
    const ran: number[] = []
    schedules.every(10_000, async (time) => {
      ran.push(time)
    })
    for (const seconds of [5, 9.9, 10, 10.1, 19, 21]) await schedules.runDue(at(seconds))
    expect(ran).toEqual([at(10), at(20)])
  })

  it('run once what was missed more than once, those due first before the others, one at a time', async () => {
    const { schedules } = open()
    const ran: string[] = []
    for (const seconds of [60, 10]) {
      schedules.every(seconds * 1000, async (time) => {
        ran.push(`${seconds} begins`)
        await Promise.resolve()
        ran.push(`${seconds} at ${(time - NOON) / 1000}`)
      })
    }
    await schedules.runDue(at(125))
    expect(ran).toEqual(['10 begins', '10 at 120', '60 begins', '60 at 120'])
  })

  it('report a failure, run the others, and try again at the next time', async () => {
    const { schedules, failures } = open()
    let runs = 0
    schedules.every(10_000, async () => {
      throw new Error('down')
    })
    schedules.every(10_000, async () => {
      runs += 1
    })
    await schedules.runDue(at(10))
    await schedules.runDue(at(20))
    expect([failures.length, runs]).toEqual([2, 2])
  })

  it('run by the clock once started, until they are closed', async () => {
    const { schedules } = open()
    const third = Promise.withResolvers<void>()
    const ran: number[] = []
    schedules.every(10_000, async (time) => {
      ran.push(time)
      if (ran.length === 3) third.resolve()
    })
    schedules.start()
    await third.promise
    await schedules.close()
    expect(ran.slice(0, 3)).toEqual([at(10), at(20), at(30)])
    const after = ran.length
    await schedules.runDue(at(1000))
    expect(ran).toHaveLength(after)
  })
})
