import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freshState } from '../../../../layers/core/budgets/judge.ts'
import type { BudgetState } from '../../../../layers/core/budgets/state.ts'
import { decodeState, encodeState } from '../../../../layers/core/budgets/state-codec.ts'
import type { Picodollars } from '../../../../layers/core/money/picodollars.ts'
import type { Day } from '../../../../layers/core/time/days.ts'
import type { EpochMs, Hour, Minute } from '../../../../layers/core/time/instants.ts'

const rule = fc.record({
  ema: fc.option(fc.bigInt({ min: 0n, max: 10n ** 30n }), { nil: undefined }),
  over: fc.nat(),
  under: fc.nat(),
  firing: fc.boolean(),
})
const state: fc.Arbitrary<BudgetState> = fc.record({
  service: fc.string({ minLength: 1 }),
  closed: fc.nat().map((minute) => minute as Minute),
  hours: fc.array(
    fc.record({
      hour: fc.nat().map((hour) => hour as Hour),
      cost: fc.bigInt({ min: 0n, max: 10n ** 30n }).map((cost) => cost as Picodollars),
    }),
  ),
  days: fc.constantFrom(undefined, [{ day: 20_780 as Day, cost: (10n ** 20n) as Picodollars }]),
  phase: fc.constantFrom('within', 'warned', 'throttled', 'releasing'),
  admit: fc.integer({ min: 0, max: 10_000 }).map((n) => n / 10_000),
  admitBefore: fc.constant(1),
  mode: fc.constantFrom('shadow', 'enforce'),
  slow: rule,
  fast: rule,
  unitCost: fc.constant({ days: { '2026-11-23': { '-3': 4, '200': 1 } } }),
  workRatio: fc.constant({
    days: {},
    weekly: {
      hour: 494_000 as Hour,
      counts: { '12': 3 },
      odd: { '74': { bucket: 43, since: 493_800 as Hour, last: 493_968 as Hour } },
    },
  }),
  figures: fc.constant({ ...freshState('svc', 'shadow').figures, unitCostRatio: 2.5, minutesLeft: 10 }),
  reason: fc.string(),
  since: fc.nat().map((ms) => ms as EpochMs),
  heldSince: fc.option(
    fc.nat().map((ms) => ms as EpochMs),
    { nil: null },
  ),
  version: fc.nat(),
})

describe('a stored state', () => {
  it('is read as it was written, every picodollar of it', () => {
    fc.assert(
      fc.property(state, (one) => {
        expect(decodeState(encodeState(one))).toEqual(one)
      }),
    )
  })

  it('is read as the first version wrote it', () => {
    const first =
      '{"v":1,"service":"prod/a","closed":29923679,"hours":[{"hour":498727,"cost":"3000000000000"}],"phase":"warned","admit":1,' +
      '"admitBefore":1,"mode":"enforce","slow":{"ema":"60","over":0,"under":1,"firing":false},"fast":{"over":1,"under":0,"firing":false},' +
      '"unitCost":{"days":{"2026-11-23":{"-3":4}}},"workRatio":{"days":{}},"figures":{"limitUsd":"20","rollingUsd":"60","emaUsd":"60",' +
      '"windowUsd":"3","pace":216,"unitCostRatio":null,"workRatio":null,"minutesLeft":0,"complete":true},"reason":"has spent",' +
      '"since":1795420740000,"heldSince":null,"version":1}'
    expect(decodeState(first)).toMatchObject({ service: 'prod/a', slow: { ema: 60n }, fast: { over: 1 }, version: 1 })
  })

  it.each(['', '{}', 'null', '{"v":2}', encodeState(freshState('svc', 'shadow')).replace('"over":0', '"over":"0"')])(
    'is refused where it is something else: %s',
    (text) => {
      expect(() => decodeState(text)).toThrow()
    },
  )
})
