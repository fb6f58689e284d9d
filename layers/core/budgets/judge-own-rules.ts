import type { Budget } from './budget.ts'
import { nameOfRule, type OwnRule, type OwnRuleState } from './own-rule.ts'
import { NEVER_JUDGED, RELEASE_SHARE, type Verdict, withVerdict } from './rule.ts'
import type { Signals } from './signals.ts'
import type { WindowFacts } from './state.ts'

/**
 * The memories of a budget's own rules after one more window. What is missing can only hide a breach: a lower bound can raise an
 * average, and counts towards firing, never towards stopping.
 */
export const judgeOwnRules = (
  was: readonly OwnRuleState[] | undefined,
  facts: WindowFacts,
  signals: Signals,
  { rules }: Budget,
): readonly OwnRuleState[] =>
  rules.map((rule) => {
    const name = nameOfRule(rule)
    const before = was?.find((one) => one.rule === name) ?? { ...NEVER_JUDGED, rule: name, average: undefined }
    return judgeRule(before, rule, strainOf(rule, facts, signals), signals.whole)
  })

function judgeRule(
  was: OwnRuleState,
  { alpha, windows, ...rule }: OwnRule,
  strain: number | undefined,
  isWhole: boolean,
): OwnRuleState {
  const smoothed = strain === undefined ? was.average : alpha * strain + (1 - alpha) * (was.average ?? strain)
  const average = isWhole ? smoothed : highest(smoothed, was.average)
  const verdict = verdictOf(average, thresholdOf(rule), strain !== undefined, isWhole)
  return { rule: was.rule, average, ...withVerdict(was, verdict, { toFire: windows, toRelease: windows }) }
}

const highest = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other)

function verdictOf(average: number | undefined, threshold: number, isKnown: boolean, isWhole: boolean): Verdict {
  if (isKnown && average !== undefined && average >= threshold) return 'over'
  if (!isWhole) return 'unknown'
  // Nothing happened, or there is no baseline yet: nothing breaches.
  if (!isKnown || average === undefined || average < threshold * RELEASE_SHARE) return 'under'
  return 'between'
}

/** A signal as a number that is the higher the worse; undefined where the window says nothing of it. */
function strainOf({ signal }: OwnRule, { rolling }: WindowFacts, signals: Signals): number | undefined {
  switch (signal) {
    case 'spend':
      return signals.limit > 0n ? Number(rolling) / Number(signals.limit) : undefined
    case 'burn_rate':
      return signals.burn
    case 'unit_cost':
      return signals.unitCostRatio
    case 'work_ratio':
      return signals.workRatioRatio
    case 'time_to_exhaustion':
      return signals.minutesLeft === undefined ? 0 : 1 / Math.max(signals.minutesLeft, SHORTEST_MINUTES)
  }
}

/** Money that is gone lasts no time; its reciprocal is to be a number. */
const SHORTEST_MINUTES = 0.001

const thresholdOf = ({ signal, threshold }: Pick<OwnRule, 'signal' | 'threshold'>): number =>
  signal === 'time_to_exhaustion' ? 1 / threshold : threshold

/** A rule that has just counted one more window, and fires: what a throttle is tightened by, and its average as its file says it. */
export interface OwnBreach {
  readonly rule: OwnRule
  readonly value: number
}

/** The own rules of an action that fire, and have counted one more window. */
export function ownBreaches(
  was: readonly OwnRuleState[] | undefined,
  now: readonly OwnRuleState[],
  { rules }: Budget,
  action: OwnRule['action'],
): readonly OwnBreach[] {
  return rules.flatMap((rule) => {
    const name = nameOfRule(rule)
    const after = now.find((one) => one.rule === name)
    const before = was?.find((one) => one.rule === name)
    if (rule.action !== action || !after?.firing || after.over <= (before?.over ?? 0)) return []
    return [{ rule, value: asWritten(rule, after.average ?? 0) }]
  })
}

const asWritten = ({ signal }: OwnRule, strain: number): number =>
  signal === 'time_to_exhaustion' ? 1 / Math.max(strain, Number.MIN_VALUE) : strain

/** Some rule of that action fires. */
export const firesOwn = (now: readonly OwnRuleState[], { rules }: Budget, action: OwnRule['action']): boolean =>
  rules.some((rule) => rule.action === action && now.some((one) => one.firing && one.rule === nameOfRule(rule)))
