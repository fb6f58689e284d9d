#!/usr/bin/env node
import { register as audit } from './commands/audit.ts'
import { register as budgets } from './commands/budgets.ts'
import { register as coverage } from './commands/coverage.ts'
import { register as demo } from './commands/demo.ts'
import { register as dev } from './commands/dev.ts'
import { register as explain } from './commands/explain.ts'
import { register as gate } from './commands/gate.ts'
import { register as invoke } from './commands/invoke.ts'
import { register as prices } from './commands/prices.ts'
import { register as rates } from './commands/rates.ts'
import { register as redrive } from './commands/redrive.ts'
import { register as simulate } from './commands/simulate.ts'
import { register as top } from './commands/top.ts'
import { type Register, runProgram } from './program.ts'

const commands: readonly Register[] = [
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
  gate,
]

// `tollgate top | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await runProgram(
  process.argv.slice(2),
  commands,
  (text) => process.stderr.write(text),
  process.env.TOLLGATE_DEBUG !== undefined,
)
