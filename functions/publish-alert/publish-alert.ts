import pMap from 'p-map'
import type { AlertsTopic } from '../../layers/adapters/alerts-topic.ts'
import { type BudgetChange, eachRoundOfChanges, type StreamResponse } from '../../layers/adapters/budget-stream.ts'
import type { BudgetsTable } from '../../layers/adapters/budgets-table.ts'
import type { FlagsTable } from '../../layers/adapters/flags-table.ts'
import type { LedgerTable } from '../../layers/adapters/ledger-table.ts'
import {
  type AlertLease,
  claimAlert,
  freedLease,
  type StateChange,
  settledLease,
} from '../../layers/core/alerts/alert-lease.ts'
import { driverHours, driversOf } from '../../layers/core/alerts/drivers.ts'
import type { KnownDrivers } from '../../layers/core/alerts/letter.ts'
import { type AlertMessage, messageOf, stormMessageOf, withLink } from '../../layers/core/alerts/message.ts'
import { type DueAlert, foldStorms, stormOf } from '../../layers/core/alerts/storm.ts'
import { toldTurn } from '../../layers/core/alerts/told-turn.ts'
import type { BudgetState } from '../../layers/core/budgets/state.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'

/** What publish-alert asks of the world. */
export interface PublishAlertPorts {
  readonly now: () => EpochMs
  readonly flags: Pick<FlagsTable, 'takeLease' | 'replaceLease'>
  readonly readHours: LedgerTable['readHours']
  readonly readStates: BudgetsTable['readStates']
  readonly publishMessage: AlertsTopic['publishMessage']
  /** A page that people can look at; undefined where there is none. */
  readonly link?: string | undefined
  /** Gets what failed of a service's alert, as well what it does without: the ledger's word on who spends. */
  readonly observeFailure: (service: string, error: unknown) => void
}

/** A lease that was taken, of whoever held it. */
type Taken = NonNullable<Awaited<ReturnType<typeof claim>>>

type StateOfService = Pick<BudgetChange, 'service' | 'after'> & { readonly before: StateChange['before'] }

/** Alerts that are claimed, and messages that are sent, side by side. */
const AT_ONCE = 8

/**
 * Makes the function on the Budgets table's stream that tells people: once of each transition, and at most hourly that
 * it lasts. A lease in Flags makes it once: repeats and older changes find it told; what a crash cut off is sent again
 * with the same id. What happens to several services of an environment in one minute is one message that lists them, also
 * those whose changes come in another event. A budget in `shadow` is told of nowhere.
 * It throws NotABudgetsEvent.
 */
export function publishAlert(ports: PublishAlertPorts) {
  return (event: unknown): Promise<StreamResponse> =>
    eachRoundOfChanges(event, (changes) => tellAll(ports, changes), ports.observeFailure)
}

/** Answers with the services of which something failed. */
async function tellAll(
  ports: PublishAlertPorts,
  changes: readonly BudgetChange[],
): Promise<ReadonlyMap<string, unknown>> {
  const failed = new Map<string, unknown>()
  const trying = async <T>(service: string, run: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await run()
    } catch (error) {
      failed.set(service, error)
      return undefined
    }
  }
  const claims = await pMap(changes, (change) => trying(change.service, () => claim(ports, change)), {
    concurrency: AT_ONCE,
  })
  const told = claims.filter((one) => one !== undefined)
  const all = [...told, ...(await gathered(ports, told, changes))]
  const taken = new Map(all.map((one) => [one.state.service, one]))
  const settle = async (due: readonly DueAlert[], lease: (one: Taken) => AlertLease): Promise<void> => {
    await pMap(due, ({ state }) => trying(state.service, async () => replace(ports, taken.get(state.service), lease)))
  }
  const send = async (due: readonly DueAlert[]): Promise<void> => {
    try {
      await ports.publishMessage(withLink(await messageFor(ports, due), ports.link))
    } catch (error) {
      await settle(due, ({ held }) => freedLease(held.lease))
      for (const { state } of due) failed.set(state.service, error)
      return
    }
    await settle(due, ({ held, alert, state }) => settledLease(held.lease, alert, state, ports.now()))
  }
  await pMap(foldStorms([...taken.values()]), send, { concurrency: AT_ONCE })
  return failed
}

/**
 * Those of the same storms whose changes come in another event: the close that wrote them has written all by now. Their leases make
 * their own changes find them told. What cannot be claimed here is told by its own change.
 */
async function gathered(
  ports: PublishAlertPorts,
  told: readonly Taken[],
  changes: readonly BudgetChange[],
): Promise<readonly Taken[]> {
  if (told.length === 0) return []
  const known = new Set(changes.map(({ service }) => service))
  const storms = new Set(told.map(({ alert, state }) => stormOf(alert.kind, state)))
  try {
    const others = (await ports.readStates()).flatMap((after) => {
      const { service, version, turned } = after
      if (known.has(service) || turned?.version !== version) return []
      const turn = toldTurn(turned.from, after)
      return turn !== undefined && storms.has(stormOf(turn, after)) ? [{ service, before: turned.from, after }] : []
    })
    const claims = await pMap(others, (one) => claim(ports, one).catch(() => undefined), { concurrency: AT_ONCE })
    return claims.filter((one) => one !== undefined)
  } catch (error) {
    ports.observeFailure(told[0]?.state.service ?? '', error)
    return []
  }
}

async function claim(ports: PublishAlertPorts, { service, before, after }: StateOfService) {
  if (after === undefined) return undefined
  const at = ports.now()
  const held = await ports.flags.takeLease(service, (lease) => claimAlert(lease, { before, after }, at), at)
  return held && { alert: held.lease.sending, state: after, held }
}

async function replace(
  { flags }: PublishAlertPorts,
  one: Taken | undefined,
  lease: (one: Taken) => AlertLease,
): Promise<void> {
  if (one !== undefined) await flags.replaceLease(one.state.service, one.held, lease(one))
}

async function messageFor(ports: PublishAlertPorts, due: readonly DueAlert[]): Promise<AlertMessage> {
  const [first, ...others] = due
  if (first === undefined) throw new Error('a message is about something')
  const drivers = await knownDrivers(ports, first.state)
  if (others.length === 0) return messageOf(first.alert, first.state, drivers)
  return stormMessageOf([first, ...others], drivers)
}

/** An alert does not wait for the ledger: it goes out without its drivers. */
async function knownDrivers(ports: PublishAlertPorts, { service, closed }: BudgetState): Promise<KnownDrivers> {
  try {
    const { rows } = await ports.readHours(service, driverHours(closed))
    return driversOf(rows, closed)
  } catch (error) {
    ports.observeFailure(service, error)
    return 'unknown'
  }
}
