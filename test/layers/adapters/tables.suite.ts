import { budgetStreamSuite } from './budget-stream.suite.ts'
import { budgetChangesSuite } from './budgets-changes.suite.ts'
import { budgetEventsSuite } from './budgets-events.suite.ts'
import { budgetsTableSuite } from './budgets-table.suite.ts'
import { adapterFaultsSuite } from './faults.suite.ts'
import { flagsReaderSuite } from './flags-reader.suite.ts'
import { flagsTableSuite } from './flags-table.suite.ts'
import { dailyRowsSuite } from './ledger-days.suite.ts'
import { ledgerDictionarySuite } from './ledger-dictionary.suite.ts'
import { parkedRowsSuite } from './ledger-parked.suite.ts'
import { ledgerTableSuite } from './ledger-table.suite.ts'
import { pricesTableSuite } from './prices-table.suite.ts'
import type { TableEngine } from './table-engine.ts'

/** What every adapter of a table promises; the same on each engine. `races`: how many interleavings of settling are tried. */
export function tableAdaptersSuite(engine: TableEngine, races: number): void {
  ledgerTableSuite(engine)
  parkedRowsSuite(engine, races)
  ledgerDictionarySuite(engine)
  dailyRowsSuite(engine)
  pricesTableSuite(engine)
  budgetsTableSuite(engine)
  budgetChangesSuite(engine)
  budgetEventsSuite(engine)
  budgetStreamSuite(engine)
  flagsTableSuite(engine)
  flagsReaderSuite(engine)
  adapterFaultsSuite(engine)
}
