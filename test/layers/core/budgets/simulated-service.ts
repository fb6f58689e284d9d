import { type Budget, budgetSchema } from '../../../../layers/core/budgets/budget.ts'
import { freshState, judge } from '../../../../layers/core/budgets/judge.ts'
import { rollingSpend } from '../../../../layers/core/budgets/rolling-spend.ts'
import { spentBefore } from '../../../../layers/core/budgets/spend-of-hours.ts'
import type { BudgetState } from '../../../../layers/core/budgets/state.ts'
import { parseUsd } from '../../../../layers/core/money/picodollars.ts'
import { type Hour, hourOfMinute, type Minute, minuteInHour } from '../../../../layers/core/time/instants.ts'

/** What a service does in one second, before the gate: in multiples of its normal traffic. */
export interface Load {
  /** Requests that the world makes. */
  readonly frontDoor: number
  /** The service's own entry requests. */
  readonly requests: number
  /** Cost of one of them. */
  readonly unitCost: number
}

export interface Simulated {
  /** Seconds from the scenario's start to the flag's effect at the gate; undefined: never throttled. */
  readonly throttledAfterS: number | undefined
  readonly warnedAfterS: number | undefined
  readonly lowestAdmit: number
  readonly last: BudgetState
  /** The admitted fraction of each minute after the start. */
  readonly admits: readonly number[]
}

/** From a window's end to the gate: grace 20 s, closing 10, publishing and the gate's cache 10. */
const FLAG_DELAY_S = 40
const WARM_UP_MINUTES = 24 * 60
const NORMAL_REQUESTS_PER_SECOND = 2
const START_MINUTE = Math.floor(Date.UTC(2026, 10, 22) / 60_000) as Minute

export const NORMAL: Load = { frontDoor: 1, requests: 1, unitCost: 1 }

const COST_PER_REQUEST = parseUsd('300') / BigInt(86_400 * NORMAL_REQUESTS_PER_SECOND)
const budgetIn = (mode: Budget['mode']): Budget => budgetSchema.parse({ service: 'svc', limitUsd: '500', mode })

/** What a service has behind it. */
interface Past {
  readonly state: BudgetState
  readonly hours: ReadonlyMap<Hour, readonly bigint[]>
}

const pasts = new Map<Budget['mode'], Past>()

/** A day of normal traffic: the same before every scenario, and lived once. */
function normalDay(mode: Budget['mode']): Past {
  const past = pasts.get(mode) ?? liveNormally(mode)
  pasts.set(mode, past)
  return past
}

function liveNormally(mode: Budget['mode']): Past {
  const budget = budgetIn(mode)
  const hours = new Map<Hour, bigint[]>()
  let state = freshState('svc', mode)
  const requests = 60 * NORMAL_REQUESTS_PER_SECOND
  for (let minute = 0; minute < WARM_UP_MINUTES; minute += 1) {
    const minuteLived = { requests, frontDoor: requests, spent: COST_PER_REQUEST * BigInt(requests) }
    state = closed(state, budget, hours, (START_MINUTE + minute) as Minute, minuteLived)
  }
  return { state, hours }
}

interface MinuteLived {
  spent: bigint
  requests: number
  frontDoor: number
}

/** The state after one more window, whose spend is put down in `hours`. */
function closed(
  state: BudgetState,
  budget: Budget,
  hours: Map<Hour, bigint[]>,
  window: Minute,
  { spent, requests, frontDoor }: MinuteLived,
): BudgetState {
  const hourMinutes = hours.get(hourOfMinute(window)) ?? new Array<bigint>(60).fill(0n)
  hourMinutes[minuteInHour(window)] = spent
  hours.set(hourOfMinute(window), hourMinutes)
  const rolled = rollingSpend(window, 24, state.hours, hours)
  const facts = {
    window,
    complete: true,
    unpriced: false,
    spent: rolled.spent,
    spentBefore: spentBefore(hours, window, budget.fast.longMinutes - 1),
    rolling: rolled.rolling,
    entryRequests: Math.round(requests),
    frontDoorRequests: Math.round(frontDoor),
  }
  return judge(state, facts, budget, rolled.hours)
}

/**
 * Runs a service at 60 % of a $500 day through a day of normal traffic, then through `load` (by seconds since the start),
 * second by second, with the flag's delay. `phaseS`: how far into a minute the scenario starts.
 */
export function simulate(
  load: (second: number) => Load,
  options: { minutes: number; phaseS?: number; mode?: 'shadow' | 'enforce' },
): Simulated {
  const budget = budgetIn(options.mode ?? 'enforce')
  const startS = WARM_UP_MINUTES * 60 + (options.phaseS ?? 0)
  const past = normalDay(budget.mode)
  const hours = new Map([...past.hours].map(([hour, minutes]) => [hour, [...minutes]]))
  let { state } = past
  const flags: { atS: number; admit: number }[] = []
  const admits: number[] = []
  let throttledAfterS: number | undefined
  let warnedAfterS: number | undefined
  let lowestAdmit = 1
  for (let minute = WARM_UP_MINUTES; minute < WARM_UP_MINUTES + options.minutes; minute += 1) {
    const lived: MinuteLived = { spent: 0n, requests: 0, frontDoor: 0 }
    for (let second = minute * 60; second < (minute + 1) * 60; second += 1) {
      const { frontDoor, requests, unitCost } = second < startS ? NORMAL : load(second - startS)
      const admit = budget.mode === 'enforce' ? (flags.findLast(({ atS }) => atS <= second)?.admit ?? 1) : 1
      const served = requests * NORMAL_REQUESTS_PER_SECOND * admit
      lived.requests += served
      lived.frontDoor += frontDoor * NORMAL_REQUESTS_PER_SECOND
      lived.spent += (COST_PER_REQUEST * BigInt(Math.round(served * unitCost * 1000))) / 1000n
    }
    state = closed(state, budget, hours, (START_MINUTE + minute) as Minute, lived)
    const atS = (minute + 1) * 60 + FLAG_DELAY_S
    flags.push({ atS, admit: state.admit })
    admits.push(state.admit)
    lowestAdmit = Math.min(lowestAdmit, state.admit)
    if (state.phase === 'throttled') throttledAfterS ??= atS - startS
    if (state.phase !== 'within') warnedAfterS ??= atS - startS
  }
  return { throttledAfterS, warnedAfterS, lowestAdmit, last: state, admits }
}
