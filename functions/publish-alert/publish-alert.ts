import type { AlertsTopic } from '../../layers/adapters/alerts-topic.ts'
import { type BudgetChange, eachBudgetChange, type StreamResponse } from '../../layers/adapters/budget-stream.ts'
import type { FlagsTable } from '../../layers/adapters/flags-table.ts'
import type { LedgerTable } from '../../layers/adapters/ledger-table.ts'
import { claimAlert, freedLease, settledLease } from '../../layers/core/alerts/alert-lease.ts'
import { driverHours, driversOf } from '../../layers/core/alerts/drivers.ts'
import type { KnownDrivers } from '../../layers/core/alerts/letter.ts'
import { messageOf } from '../../layers/core/alerts/message.ts'
import type { BudgetState } from '../../layers/core/budgets/state.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'

/** What publish-alert asks of the world. */
export interface PublishAlertPorts {
  readonly now: () => EpochMs
  readonly flags: Pick<FlagsTable, 'takeLease' | 'replaceLease'>
  readonly readHours: LedgerTable['readHours']
  readonly publishMessage: AlertsTopic['publishMessage']
  /** Gets what failed of a service's alert, as well what it does without: the ledger's word on who spends. */
  readonly observeFailure: (service: string, error: unknown) => void
}

/**
 * Makes the function on the Budgets table's stream that tells people: once of each transition, and at most hourly that
 * it lasts. A lease in Flags makes it once: repeats and older changes find it told; what a crash cut off is sent again
 * with the same id. It throws NotABudgetsEvent.
 */
export function publishAlert(ports: PublishAlertPorts) {
  return (event: unknown): Promise<StreamResponse> =>
    eachBudgetChange(event, (change) => tell(ports, change), ports.observeFailure)
}

async function tell(ports: PublishAlertPorts, { service, before, after }: BudgetChange): Promise<void> {
  if (after === undefined) return
  const at = ports.now()
  const held = await ports.flags.takeLease(service, (lease) => claimAlert(lease, { before, after }, at), at)
  if (held === undefined) return
  const alert = held.lease.sending
  try {
    await ports.publishMessage(messageOf(alert, after, await knownDrivers(ports, after)))
  } catch (error) {
    await ports.flags.replaceLease(service, held, freedLease(held.lease))
    throw error
  }
  await ports.flags.replaceLease(service, held, settledLease(held.lease, alert, after, ports.now()))
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
