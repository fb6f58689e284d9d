import type { BudgetFigures, BudgetState } from '../budgets/state.ts'
import { shortHash } from '../identity/hash.ts'
import { environmentOf } from '../identity/service.ts'
import { formatMinute, type Minute, startOfMinute } from '../time/instants.ts'
import type { Alert, AlertKind } from './alert-lease.ts'
import { headlineOf, percent, spentOf } from './headline.ts'
import type { KnownDrivers } from './letter.ts'
import type { Severity } from './severity.ts'
import { shellWord } from './shell-word.ts'

/** An alert that is to be told, and the state that it is about. */
export interface DueAlert {
  readonly alert: Alert
  readonly state: BudgetState
}

/** Fewer services at once are no storm. */
const STORM_FROM = 3
/** Services in one message, which goes out in seven texts within SNS's 256 KB: at most 10 KB for each, whatever it is called. */
export const STORM_MAX = 25
const REASON_MAX = 100

/** Names the storm that an alert is part of, if it is one: what happens to an environment's services in one window. */
export const stormOf = (kind: AlertKind, { closed, mode, service }: BudgetState): string =>
  [closed, kind, mode, environmentOf(service)].join('#')

/**
 * What is told together: alerts of one kind, of the same window, environment and mode, which then have one cause as a rule. A
 * storm of more than `STORM_MAX` is several messages; fewer than three are told one by one.
 */
export function foldStorms(due: readonly DueAlert[]): readonly (readonly DueAlert[])[] {
  const groups = Map.groupBy(due, ({ alert, state }) => stormOf(alert.kind, state))
  return [...groups.values()].flatMap((group) => {
    if (group.length < STORM_FROM) return group.map((one) => [one])
    const sorted = [...group].sort(hottestFirst)
    return Array.from({ length: Math.ceil(sorted.length / STORM_MAX) }, (_, part) =>
      sorted.slice(part * STORM_MAX, (part + 1) * STORM_MAX),
    )
  })
}

const hottestFirst = (a: DueAlert, b: DueAlert): number =>
  b.state.figures.pace - a.state.figures.pace || (a.state.service < b.state.service ? -1 : 1)

/** The message for programs about several services. */
export interface StormDocument {
  readonly version: 1
  readonly id: string
  readonly storm: true
  readonly environment: string
  readonly transition: AlertKind
  readonly severity: Severity
  readonly mode: BudgetState['mode']
  readonly judgedUpTo: string
  readonly subject: string
  readonly services: readonly {
    readonly service: string
    readonly phase: BudgetState['phase']
    readonly admit: number
    readonly reason: string
    readonly figures: Pick<BudgetFigures, 'limitUsd' | 'rollingUsd' | 'windowUsd' | 'pace'>
  }[]
  /** A page to look at; missing where there is none. */
  readonly link?: string
}

/** What several services share. */
interface Storm {
  readonly first: DueAlert
  readonly all: readonly DueAlert[]
}

const HEADLINES: Readonly<Record<AlertKind, string>> = {
  warned: 'near their budgets, or burn too fast',
  eased: 'are calm again',
  held_back: 'would be throttled; too many are at once',
  throttled: 'are throttled',
  tightened: 'are throttled again',
  releasing: 'are being released',
  released: 'are released',
  reminder: 'are still over budget',
}

/** `20 services of prod are throttled`. */
function stormSubject({ first, all }: Storm): string {
  const environment = environmentOf(first.state.service).slice(0, 30)
  const of = environment === '' ? '' : ` of ${environment.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').toWellFormed()}`
  return `${all.length} services${of} ${HEADLINES[first.alert.kind]}`
}

/** The same alerts have the same id. */
function idOf({ first, all }: Storm): string {
  const ids = all.map(({ alert }) => alert.id).sort()
  return `storm#${first.state.closed}#${first.alert.kind}#${shortHash(ids.join('\n'), 12)}`
}

/** The document of a storm. */
export function stormDocument(storm: Storm, severity: Severity): StormDocument {
  const { alert, state } = storm.first
  return {
    version: 1,
    id: idOf(storm),
    storm: true,
    environment: environmentOf(state.service),
    transition: alert.kind,
    severity,
    mode: state.mode,
    judgedUpTo: new Date(startOfMinute((state.closed + 1) as Minute)).toISOString(),
    subject: stormSubject(storm),
    services: storm.all.map(({ state: { service, phase, admit, reason, figures } }) => ({
      ...{ service, phase, admit },
      reason: reason.slice(0, REASON_MAX).toWellFormed(),
      figures: {
        ...{ limitUsd: figures.limitUsd, rollingUsd: figures.rollingUsd },
        ...{ windowUsd: figures.windowUsd, pace: figures.pace },
      },
    })),
  }
}

/** The letter of a storm: which services, the hottest first, who drives the first of them, what to do. */
export function stormLetter(storm: Storm, drivers: KnownDrivers): string {
  const { state, alert } = storm.first
  const end = formatMinute((state.closed + 1) as Minute)
  return [
    `${stormSubject(storm)}.`,
    '',
    `All within the minute to ${end}: look for one cause before ${storm.all.length} of them.`,
    '',
    ...storm.all.flatMap(({ state: one }) => [
      `  ${one.service} ${headlineOf(alert.kind, one)}`,
      `    ${spentOf(one)}, ${one.figures.pace} times its pace`,
    ]),
    '',
    `Who:        ${whoOf(state.service, drivers)}.`,
    'Look:       tollgate top shows who spends this hour; tollgate budgets list shows all budgets.',
    `Override:   ${overrideOf(state)}`,
    '',
    `Judged up to ${end}, message ${idOf(storm)}`,
  ].join('\n')
}

function whoOf(service: string, drivers: KnownDrivers): string {
  if (drivers === 'unknown') return 'unknown, the ledger could not be read'
  if (drivers === undefined) return 'nobody, nothing was spent in the last minutes'
  return `in ${service}, which burns most, commit ${drivers.commit} made ${percent(drivers.commitShare)} of what was spent`
}

function overrideOf({ service, mode, heldBack }: BudgetState): string {
  if (heldBack === undefined && mode === 'shadow') return 'none is needed; in shadow nobody is refused.'
  const to = heldBack === undefined ? 'shadow' : 'enforce'
  return `tollgate budgets override ${shellWord(service)} --mode ${to} --until 2h --reason WHY, for each one`
}
