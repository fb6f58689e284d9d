import type { BudgetFigures, BudgetState } from '../budgets/state.ts'
import { environmentOf } from '../identity/service.ts'
import { type Minute, startOfMinute } from '../time/instants.ts'
import type { Alert, AlertKind } from './alert-lease.ts'
import type { Drivers } from './drivers.ts'
import { subjectOf } from './headline.ts'
import { beganAt, type KnownDrivers, letterOf } from './letter.ts'
import { type Severity, severityOf } from './severity.ts'
import { type DueAlert, type StormDocument, stormDocument, stormLetter } from './storm.ts'

/** A message to people and programs. */
export interface AlertMessage<Document = AlertDocument | StormDocument> {
  /** Fewer than 100 characters, none of them a control character: SNS's own rule (API reference, Publish). */
  readonly subject: string
  /** A letter that a person understands at 3 a.m. */
  readonly text: string
  readonly document: Document
  /** What subscribers filter by. `environment` is missing where a service has none: SNS takes no empty value. */
  readonly attributes: Readonly<Record<string, string | readonly string[]>>
}

/** The message for programs. Fields are added, never changed; `version` grows if one must be. */
interface AlertDocument {
  readonly version: 1
  /** The same for a message that is sent again. */
  readonly id: string
  readonly service: string
  readonly environment: string
  readonly transition: AlertKind
  readonly severity: Severity
  readonly mode: BudgetState['mode']
  readonly phase: BudgetState['phase']
  /** Fraction admitted; in shadow: what it would be. */
  readonly admit: number
  /** ISO 8601: when the phase began, and the end of the window that was judged. */
  readonly since: string
  readonly judgedUpTo: string
  readonly reason: string
  readonly figures: BudgetFigures
  /** Who spends; null where the ledger has nothing, or could not be read. */
  readonly drivers: Drivers | null
  readonly subject: string
  /** A page to look at; missing where there is none. */
  readonly link?: string
}

/** Writes the message of an alert about a state. */
export function messageOf({ id, kind }: Alert, state: BudgetState, drivers: KnownDrivers): AlertMessage<AlertDocument> {
  const { service, mode, phase, admit, reason, figures } = state
  const environment = environmentOf(service)
  const severity = severityOf(kind, state)
  const subject = subjectOf(kind, state)
  return {
    subject,
    text: letterOf({ id, kind }, state, drivers),
    document: {
      version: 1,
      id,
      service,
      environment,
      transition: kind,
      severity,
      mode,
      phase,
      admit,
      since: new Date(beganAt(state)).toISOString(),
      judgedUpTo: new Date(startOfMinute((state.closed + 1) as Minute)).toISOString(),
      reason,
      figures,
      drivers: drivers === 'unknown' ? null : (drivers ?? null),
      subject,
    },
    attributes: { service, ...(environment !== '' && { environment }), transition: kind, mode, severity },
  }
}

/** Writes the one message of several alerts of a kind; `drivers`: of the first. A filter policy finds it by each of its services. */
export function stormMessageOf(
  all: readonly [DueAlert, ...DueAlert[]],
  drivers: KnownDrivers,
): AlertMessage<StormDocument> {
  const [first] = all
  const storm = { first, all }
  const severity = severityOf(first.alert.kind, first.state)
  const environment = environmentOf(first.state.service)
  const document = stormDocument(storm, severity)
  return {
    subject: document.subject,
    text: stormLetter(storm, drivers),
    document,
    attributes: {
      service: all.map(({ state }) => state.service),
      ...(environment !== '' && { environment }),
      transition: first.alert.kind,
      mode: first.state.mode,
      severity,
    },
  }
}

/** The message with a page to look at; as it is where there is none. */
export const withLink = (message: AlertMessage, link: string | undefined): AlertMessage =>
  link === undefined
    ? message
    : { ...message, text: `${message.text}\nSee ${link}`, document: { ...message.document, link } }
