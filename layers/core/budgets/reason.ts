import { cents } from '../money/cents.ts'
import { formatUsd } from '../money/picodollars.ts'
import type { Budget } from './budget.ts'
import type { CommitRegression } from './commit-regression.ts'
import { runawayCause } from './fast-rule.ts'
import type { OwnBreach } from './judge-own-rules.ts'
import { periodClause } from './period.ts'
import type { Signals } from './signals.ts'
import type { BudgetFigures, RuleState, WindowFacts } from './state.ts'

const twoDecimals = (value: number): number => Math.round(value * 100) / 100
const rounded = (value: number | undefined): number | null => (value === undefined ? null : twoDecimals(value))

/** The numbers of one judgement, as people read them. */
export function figuresOf(facts: WindowFacts, budget: Budget, signals: Signals, slow: RuleState): BudgetFigures {
  const { minutesLeft } = signals
  return {
    limitUsd: budget.limitUsd,
    rollingUsd: formatUsd(facts.rolling),
    emaUsd: formatUsd(slow.ema ?? 0n),
    windowUsd: formatUsd(facts.spent),
    pace: twoDecimals(signals.burn),
    unitCostRatio: rounded(signals.unitCostRatio),
    workRatio: rounded(signals.workRatioRatio),
    minutesLeft: minutesLeft === undefined ? null : Math.floor(minutesLeft),
    complete: signals.whole,
  }
}

/** Why the fast rule throttles: `burns 6 times its budget's pace, and each request costs 10 times what it used to (fast rule)`. */
export function fastReason(signals: Signals, budget: Budget): string {
  return `${burns(signals)}${causeOf(signals, budget)} (fast rule${partly(signals)})`
}

/** Why the slow rule throttles. */
export function slowReason(slow: RuleState, signals: Signals, budget: Budget): string {
  const spent = `spent $${cents(slow.ema ?? 0n)} ${periodClause(budget)} on average`
  return `${spent}, over its limit of $${budget.limitUsd} (slow rule${partly(signals)})`
}

/** Why a rule of the budget's own fires: `burns 4.2 times its budget's pace on average, 3 or more in 5 windows (own rule)`. */
export function ownReason({ rule, value }: OwnBreach, signals: Signals): string {
  const times = twoDecimals(value)
  const average = rule.alpha < 1 ? ' on average' : ''
  const bound = `${rule.threshold} or ${rule.signal === 'time_to_exhaustion' ? 'less' : 'more'}`
  const what: Readonly<Record<typeof rule.signal, string>> = {
    spend: `has spent ${times} times its limit`,
    burn_rate: `burns ${times} times its budget's pace`,
    unit_cost: `costs ${times} times as much a request as it used to`,
    work_ratio: `makes ${times} times as many requests as it used to for each one of the world`,
    time_to_exhaustion: `has money for ${times} minutes`,
  }
  return `${what[rule.signal]}${average}, ${bound} in ${rule.windows} ${rule.windows === 1 ? 'window' : 'windows'} (own rule${partly(signals)})`
}

/** What people are warned of: the share of the limit that is spent, the burn, a commit that makes requests dearer, or an own rule. */
export type Warning = 'share' | 'burn' | 'commit' | 'rule'

/** Why a service is warned. */
export function warningReason(
  warning: Exclude<Warning, 'rule'>,
  facts: WindowFacts,
  signals: Signals,
  budget: Budget,
): string {
  const note = signals.whole ? '' : ` (${LOWER_BOUND})`
  if (warning === 'commit' && facts.regression !== undefined) return commitReason(facts.regression)
  if (warning === 'burn') return `${burns(signals)}${note}`
  return `has spent $${cents(facts.rolling)} of $${budget.limitUsd} ${periodClause(budget)}${note}`
}

const commitReason = ({ commit, before, ratio, atLeast }: CommitRegression): string =>
  `runs commit ${commit}, whose requests cost ${ratio} times what the same ones cost under ${before} (99 % sure: at least ${atLeast} times)`

const LOWER_BOUND = 'a lower bound: some data or prices are missing'
const partly = ({ whole }: Signals): string => (whole ? '' : `; ${LOWER_BOUND}`)

const burns = ({ burn }: Signals): string => `burns ${twoDecimals(burn)} times its budget's pace`

function causeOf(signals: Signals, budget: Budget): string {
  switch (runawayCause(signals, budget)) {
    case 'unit_cost':
      return `, and each request costs ${twoDecimals(signals.unitCostRatio ?? 0)} times what it used to`
    case 'work_ratio':
      return `, with ${twoDecimals(signals.workRatioRatio ?? 0)} times as many requests for each one that the world makes`
    case 'exhaustion':
      return `, and its money is gone in ${Math.floor(signals.minutesLeft ?? 0)} minutes`
    case undefined:
      return ''
  }
}
