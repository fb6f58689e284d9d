import type { BudgetFigures, BudgetState } from '../budgets/state.ts'
import { type EpochMs, formatMinute, type Minute, minuteOf } from '../time/instants.ts'
import type { Alert } from './alert-lease.ts'
import { DRIVER_MINUTES, type Drivers } from './drivers.ts'
import { headlineOf, percent, spentOf, usd } from './headline.ts'
import { shellWord } from './shell-word.ts'

/** What the ledger says of who spends: undefined where nobody does, `unknown` where it could not be read. */
export type KnownDrivers = Drivers | undefined | 'unknown'

/** When what an alert is about began. */
export const beganAt = ({ heldSince, since }: BudgetState): EpochMs => heldSince ?? since

/** An alert as a letter that a person understands at 3 a.m.: what, how much, since when, who, what next, what to do. */
export function letterOf({ id, kind }: Alert, state: BudgetState, drivers: KnownDrivers): string {
  const { service, reason, figures } = state
  return [
    `${service} ${headlineOf(kind, state)}.`,
    '',
    ...(reason === '' ? [] : [`Why:        it ${reason}.`]),
    `How much:   ${spentOf(state)}, $${usd(figures.windowUsd)} of it in the last minute.`,
    `How fast:   ${paceOf(figures)}.`,
    `Since when: ${formatMinute(minuteOf(beganAt(state)))}.`,
    `Who:        ${whoOf(drivers)}.`,
    `What next:  ${nextOf(state)}.`,
    '',
    'Look:       tollgate top shows who spends this hour; tollgate explain shows what a span costs, and why.',
    `Override:   ${overrideOf(state)}`,
    '',
    `Judged up to ${formatMinute((state.closed + 1) as Minute)}, message ${id}`,
  ].join('\n')
}

const DAY_MINUTES = 24 * 60

function paceOf({ pace, minutesLeft, complete }: BudgetFigures): string {
  const left = minutesLeft === null || minutesLeft >= DAY_MINUTES ? '' : `; so the rest lasts ${minutesLeft} minutes`
  const partial = complete ? '' : '; more may be missing: some data or prices are'
  return `${pace} times the pace that its budget can carry${left}${partial}`
}

function whoOf(drivers: KnownDrivers): string {
  if (drivers === 'unknown') return 'unknown, the ledger could not be read'
  if (drivers === undefined) return `nobody, nothing was spent in the last ${DRIVER_MINUTES} minutes`
  const { commit, commitShare, operation, operationShare } = drivers
  const who = `commit ${commit} made ${percent(commitShare)} of what was spent in the last ${DRIVER_MINUTES} minutes`
  return operation === undefined ? who : `${who}; ${percent(operationShare)} of its spend is "${operation}"`
}

function nextOf({ phase, mode, admit, heldBack }: BudgetState): string {
  if (mode === 'shadow')
    return 'every request is admitted; the budget goes on to judge, and its events say what it would do'
  switch (phase) {
    case 'throttled':
      return `gates admit ${percent(admit)} of requests and answer 429 to the others; fewer each minute while it goes on, a tenth more each minute once it is over`
    case 'releasing':
      return `gates admit ${percent(admit)} of requests, and a tenth more each minute while the budget can carry it`
    case 'warned':
      if (heldBack !== undefined) return 'every request is admitted until fewer services are newly throttled'
      return 'if it goes on, requests are refused'
    case 'within':
      return 'nothing, every request is admitted'
  }
}

/** The commands that a person may want to run now; WHY is for them to say. */
function overrideOf({ service, mode, heldBack }: BudgetState): string {
  const name = shellWord(service)
  const ends = '--until 2h --reason WHY'
  if (heldBack !== undefined) return `tollgate budgets override ${name} --mode enforce ${ends}  (lets it be throttled)`
  if (mode === 'shadow') {
    return `tollgate budgets clear ${name} --reason WHY  (ends what people have changed; else cdk.json says "mode")`
  }
  return [
    `tollgate budgets override ${name} --mode shadow ${ends}  (admits everything)`,
    `            tollgate budgets grant ${name} --usd 100 ${ends}  (raises its limit)`,
  ].join('\n')
}
