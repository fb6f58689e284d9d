#!/usr/bin/env node
import { ALL_COMMANDS } from './all-commands.ts'
import { runProgram } from './program.ts'

// `tollgate top | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await runProgram(
  process.argv.slice(2),
  ALL_COMMANDS,
  (text) => process.stderr.write(text),
  process.env.TOLLGATE_DEBUG !== undefined,
)
