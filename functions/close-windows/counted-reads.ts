import type { LedgerTable } from '../../layers/adapters/ledger-table.ts'

/** What of the ledger was read: hours of services and environments, and the rows that they held. */
export interface LedgerReads {
  readonly hours: number
  readonly rows: number
}

type ReadLedger = Pick<LedgerTable, 'readHours' | 'readFrontDoor'>

/** The ledger, and how much has been read through it. */
export function countedReads(ledger: ReadLedger): { readonly ledger: ReadLedger; readonly read: () => LedgerReads } {
  let hours = 0
  let rows = 0
  return {
    read: () => ({ hours, rows }),
    ledger: {
      async readHours(service, wanted) {
        const found = await ledger.readHours(service, wanted)
        hours += wanted.length
        rows += found.rows.length + found.parked.length
        return found
      },
      async readFrontDoor(environment, wanted) {
        const found = await ledger.readFrontDoor(environment, wanted)
        hours += wanted.length
        rows += found.length
        return found
      },
    },
  }
}
