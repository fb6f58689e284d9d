import { register as audit } from './commands/audit.ts'
import { register as budgets } from './commands/budgets.ts'
import { register as coverage } from './commands/coverage.ts'
import { register as demo } from './commands/demo.ts'
import { register as dev } from './commands/dev.ts'
import { register as doctor } from './commands/doctor.ts'
import { register as explain } from './commands/explain.ts'
import { register as gate } from './commands/gate.ts'
import { register as invoke } from './commands/invoke.ts'
import { register as prices } from './commands/prices.ts'
import { register as rates } from './commands/rates.ts'
import { register as redrive } from './commands/redrive.ts'
import { register as simulate } from './commands/simulate.ts'
import { register as smoke } from './commands/smoke.ts'
import { register as top } from './commands/top.ts'
import type { Register } from './program.ts'

/** The commands, in the order of the help. */
export const ALL_COMMANDS: readonly Register[] = [
  demo,
  dev,
  top,
  invoke,
  explain,
  coverage,
  prices,
  rates,
  budgets,
  simulate,
  redrive,
  audit,
  doctor,
  smoke,
  gate,
]
