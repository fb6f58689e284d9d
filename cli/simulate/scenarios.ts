import { type Load, NORMAL, type Retries, type Scenario } from './scenario.ts'

const MINUTE = 60
const HOUR = 3600

/** A service at 60 % of its budget burns at three times the pace when a request costs five times as much. */
const COST_AT_START = 5

/** Straight up from 1 to `top`, as a deploy rolls out; the start is when it burns at three times the budget's pace. */
function ramp(top: number, rampS = 2 * MINUTE): Pick<Scenario, 'leadMinutes' | 'load'> {
  const leadS = ((COST_AT_START - 1) / (top - 1)) * rampS
  return {
    leadMinutes: Math.ceil(leadS / MINUTE),
    load: (second) => ({
      ...NORMAL,
      unitCost: Math.min(top, Math.max(1, 1 + ((second + leadS) / rampS) * (top - 1))),
    }),
  }
}

const constantly = (load: Partial<Load>) => (): Load => ({ ...NORMAL, ...load })
const during =
  (fromS: number, toS: number, load: Partial<Load>) =>
  (second: number): Load =>
    second >= fromS && second < toS ? { ...NORMAL, ...load } : NORMAL

/** A tenfold crowd: each of its requests costs what requests cost. */
const CROWD = { frontDoor: 10, requests: 10 }

/** A queue hands a message out again when its visibility timeout is over, and gives it up after some receives. */
const REDELIVERY: Retries = { afterS: () => 30, attempts: 5 }
/** Callers that wait for nothing. */
const AT_ONCE: Retries = { afterS: () => 1, attempts: 10 }
/** Callers that wait up to 2, 4, 8 ... 64 seconds, with full jitter. */
const BACKING_OFF: Retries = { afterS: (attempts, place) => place * Math.min(64, 2 ** attempts), attempts: 10 }

/** An hour is caught up on in about seven minutes. */
const CATCHING_UP = Array.from({ length: 12 }, (_, partition) => ({ partition, capacity: 10 }))

const RUNAWAY = { kind: 'runaway', profile: 'steady', minutes: 180 } as const
const HEALTHY = { kind: 'healthy', profile: 'steady' } as const

/** The scenarios, by the ids that documents and tests call them by. */
export const SCENARIOS: readonly Scenario[] = [
  { id: 'runaway-10x-step', ...RUNAWAY, load: constantly({ unitCost: 10 }) },
  { id: 'runaway-100x-step', ...RUNAWAY, load: constantly({ unitCost: 100 }) },
  { id: 'runaway-10x-ramp', ...RUNAWAY, ...ramp(10) },
  { id: 'runaway-100x-ramp', ...RUNAWAY, ...ramp(100) },
  { id: 'recursion-10x', ...RUNAWAY, load: constantly({ requests: 10 }) },
  { id: 'recursion-100x', ...RUNAWAY, load: constantly({ requests: 100 }) },
  { id: 'redelivery-10x', ...RUNAWAY, load: constantly({ requests: 10 }), retries: REDELIVERY },
  { id: 'caller-retries-10x', ...RUNAWAY, load: constantly({ requests: 10 }), retries: AT_ONCE },
  // At ten times $300 a day, 90 minutes end with $31 of the day's $500 not spent.
  { id: 'crowd-covered', ...HEALTHY, minutes: 150, load: during(0, 90 * MINUTE, CROWD) },
  { id: 'crowd-emptying', kind: 'emptying', profile: 'steady', minutes: 240, load: constantly(CROWD) },
  { id: 'daily-cycle', ...HEALTHY, profile: 'daily', minutes: 24 * 60, stepS: 10, load: constantly({}) },
  { id: 'weekly-batch', ...HEALTHY, profile: 'weekly', minutes: 90, load: constantly({}) },
  {
    id: 'deploy-doubled-unit-cost',
    ...HEALTHY,
    minutes: 60,
    load: constantly({ unitCost: 2 }),
    deployed: 'c0ffee2',
  },
  {
    id: 'catch-up',
    ...HEALTHY,
    minutes: 150,
    load: constantly({}),
    consumersDown: { fromS: 0, toS: HOUR, areCalled: true },
    readings: CATCHING_UP,
  },
  {
    id: 'clock-skew',
    ...HEALTHY,
    minutes: 90,
    load: during(0, 60 * MINUTE, CROWD),
    streams: [
      { share: 0.5, aheadS: 0, delayS: 8, partition: 0 },
      { share: 0.3, aheadS: -90, delayS: 8, partition: 1 },
      { share: 0.2, aheadS: 100, delayS: 8, partition: 2 },
    ],
  },
  {
    id: 'late-spans',
    ...HEALTHY,
    minutes: 90,
    load: during(0, 60 * MINUTE, CROWD),
    streams: [
      { share: 0.6, aheadS: 0, delayS: 8, partition: 0 },
      { share: 0.2, aheadS: 0, delayS: 3 * MINUTE, partition: 1 },
      { share: 0.2, aheadS: 0, delayS: 12 * MINUTE, partition: 2 },
    ],
  },
  {
    id: 'price-outage',
    ...HEALTHY,
    minutes: 27 * 60,
    stepS: 10,
    load: constantly({}),
    // Longer than the day for which the last known prices count.
    priceOutage: { fromS: 0, toS: 26 * HOUR },
  },
  {
    id: 'runaway-during-price-outage',
    ...RUNAWAY,
    load: during(0, 3 * HOUR, { unitCost: 10 }),
    priceOutage: { fromS: -HOUR, toS: 3 * HOUR },
    leadMinutes: 60,
  },
  {
    id: 'runaway-that-lags-its-partition',
    ...RUNAWAY,
    load: constantly({ unitCost: 10 }),
    // The runaway's spans come at twice the rate at which their partition is read.
    readings: [{ partition: 0, capacity: 5 }],
  },
  {
    id: 'flapping',
    ...HEALTHY,
    minutes: 90,
    // Just above the fast rule's pace and far below it by turns: 3.3 times the pace in half the minutes.
    load: (second) =>
      second >= 0 && Math.floor(second / 240) % 2 === 0 ? { ...NORMAL, frontDoor: 5.5, requests: 5.5 } : NORMAL,
  },
]

const STORM = { kind: 'runaway', profile: 'steady', minutes: 90 } as const

const LAGGING = 'that-lags-its-partition'
const LAGS = [
  { times: 4, unitCost: 10 },
  { times: 8, unitCost: 10 },
  { times: 20, unitCost: 30 },
] as const

/** Scenarios that are run when they are named. */
export const MORE_SCENARIOS: readonly Scenario[] = [
  // Callers ask ten times as often for half an hour, and whoever is refused asks again.
  { id: 'retry-storm-at-once', ...STORM, load: during(0, 30 * MINUTE, { requests: 10 }), retries: AT_ONCE },
  { id: 'retry-storm-backing-off', ...STORM, load: during(0, 30 * MINUTE, { requests: 10 }), retries: BACKING_OFF },
  { id: 'runaway-10x-slow-ramp', ...RUNAWAY, ...ramp(10, 10 * MINUTE) },
  { id: 'runaway-100x-slow-ramp', ...RUNAWAY, ...ramp(100, 10 * MINUTE) },
  // The runaway's spans come at so many times the rate at which their partition is read; that keeps up with normal traffic.
  ...LAGS.map(({ times, unitCost }) => ({
    id: `runaway-${LAGGING}-${times}x`,
    ...RUNAWAY,
    load: constantly({ unitCost }),
    readings: [{ partition: 0, capacity: unitCost / times }],
  })),
  ...[2, 8].flatMap((times): Scenario[] => {
    const readings = [{ partition: 0, capacity: 10 / times }]
    return [
      { id: `recursion-${LAGGING}-${times}x`, ...RUNAWAY, load: constantly({ requests: 10 }), readings },
      // Covered, as its 40 minutes show even when they come late.
      { id: `crowd-${LAGGING}-${times}x`, ...HEALTHY, minutes: 150, load: during(0, 40 * MINUTE, CROWD), readings },
    ]
  }),
  {
    id: 'consumer-down',
    ...HEALTHY,
    minutes: 120,
    load: constantly({}),
    consumersDown: { fromS: 0, toS: 40 * MINUTE, areCalled: false },
    readings: CATCHING_UP,
  },
  {
    id: 'runaway-then-consumer-down',
    ...RUNAWAY,
    minutes: 120,
    load: constantly({ unitCost: 10 }),
    consumersDown: { fromS: 10 * MINUTE, toS: 50 * MINUTE, areCalled: false },
    readings: CATCHING_UP,
  },
  { id: 'deploy-same-unit-cost', ...HEALTHY, minutes: 60, load: constantly({}), deployed: 'c0ffee2' },
]
