import { describe, expect, it } from 'vitest'
import { budgetSchema } from '../../../../layers/core/budgets/budget.ts'
import { type ReplayMinute, replay, replayFrom } from '../../../../layers/core/budgets/replay.ts'
import { type Picodollars, parseUsd } from '../../../../layers/core/money/picodollars.ts'
import { type EpochMs, type Minute, minuteOf } from '../../../../layers/core/time/instants.ts'

const FROM = Date.parse('2026-11-23T00:00Z') as EpochMs
const TO = Date.parse('2026-11-24T00:00Z') as EpochMs
const at = (text: string): Minute => minuteOf(Date.parse(text) as EpochMs)
const budgetOf = (fields: object = {}) => budgetSchema.parse({ service: 'svc', limitUsd: '500', ...fields })

/** $288 a day and 100 requests a minute; from `from` on each request costs `factor` times as much. */
function minutesOf(budget = budgetOf(), runaway?: { from: Minute; to: Minute; factor: bigint }) {
  const minutes = new Map<Minute, ReplayMinute>()
  for (let window = minuteOf(replayFrom(budget, FROM)); window < minuteOf(TO); window = (window + 1) as Minute) {
    const isRunaway = runaway !== undefined && window >= runaway.from && window < runaway.to
    const spent = (parseUsd('0.2') * (isRunaway ? runaway.factor : 1n)) as Picodollars
    minutes.set(window, { spent, requests: 100, frontDoor: 100 })
  }
  return minutes
}
const RUNAWAY = { from: at('2026-11-23T09:00Z'), to: at('2026-11-23T09:30Z'), factor: 30n }

describe('a replay', () => {
  it('of a calm service does nothing, and counts what it saw after its start', () => {
    const replayed = replay('svc', minutesOf(), budgetOf(), FROM, TO)
    expect(replayed).toMatchObject({ spent: parseUsd('288'), saved: 0n, requests: 144_000, refused: 0, turns: [] })
    expect(replayed.steps).toHaveLength(1440)
  })

  it('throttles a runaway, and what it refuses is neither spent nor counted again', () => {
    const minutes = minutesOf(budgetOf(), RUNAWAY)
    const { turns, steps, spent, saved, refused } = replay('svc', minutes, budgetOf(), FROM, TO)
    expect(turns[0]).toMatchObject({ what: 'throttled' })
    expect(turns[0]?.at).toBeLessThan(Date.parse('2026-11-23T09:05Z'))
    expect(turns.at(-1)?.what).toBe('released')
    expect(spent).toBe(
      [...minutes].reduce((sum, [window, one]) => sum + (window >= minuteOf(FROM) ? one.spent : 0n), 0n),
    )
    // Of $174 that it costs more, most: but for the first two minutes, and what is admitted.
    expect(saved).toBeGreaterThan(parseUsd('120'))
    expect(saved).toBeLessThan(parseUsd('174'))
    expect(refused).toBeGreaterThan(1_000)
    expect(steps.reduce((sum, one) => sum + one.saved, 0n)).toBe(saved)
  })

  it('says of a shadow budget what it would have done: the same', () => {
    const minutes = minutesOf(budgetOf(), RUNAWAY)
    const enforced = replay('svc', minutes, budgetOf({ mode: 'enforce' }), FROM, TO)
    expect(replay('svc', minutes, budgetOf({ mode: 'shadow' }), FROM, TO)).toEqual(enforced)
  })

  it('knows a month from its first day, and a day from midnight', () => {
    const month = budgetOf({ period: 'month', limitUsd: '6500' })
    expect(new Date(replayFrom(month, FROM)).toISOString()).toBe('2026-11-01T00:00:00.000Z')
    // 22 days of $288 are $6336, and the alert share is reached: warned all day long, throttled once $6500 are spent.
    const told = replay('svc', minutesOf(month), month, FROM, TO)
    expect(told.steps[0]?.phase).toBe('warned')
    expect(told.turns.map(({ what }) => what)).toContain('throttled')
    const day = budgetOf({ period: 'day', limitUsd: '250' })
    const { turns } = replay('svc', minutesOf(day), day, FROM, TO)
    // The day before ended over its limit; this one begins anew, is let go within minutes, and ends like it.
    expect(turns.map(({ what }) => what)).toEqual(['throttled', 'releasing', 'released', 'warned', 'throttled'])
    expect(turns[2]?.at).toBeLessThan(Date.parse('2026-11-23T00:15Z'))
    expect(turns[4]?.at).toBeGreaterThan(Date.parse('2026-11-23T20:00Z'))
  })
})
