import { Command, CommanderError } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { messageOf } from './message-of.ts'
import { UsageError } from './usage-error.ts'

/** Adds one command to the program: what each file of `commands/` exports. */
export type Register = (program: Command) => void

const DONE = 0
const FAILED = 1
const MISUSED = 2

/**
 * Runs one command line (without `node` and the script) and answers with the exit code: 0 done, 1 failed, 2 misused.
 * Never throws. `writeError` gets what went wrong, in lines; a stack only where `debug` is set.
 */
export async function runProgram(
  args: readonly string[],
  commands: readonly Register[],
  writeError: (text: string) => void,
  debug: boolean,
): Promise<number> {
  try {
    await createProgram(commands, writeError).parseAsync(args, { from: 'user' })
    return DONE
  } catch (error) {
    // commander has written its own message by then; help and version end with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : MISUSED
    writeError(`tollgate: ${debug ? stackOf(error) : messageOf(error)}\n`)
    return error instanceof UsageError ? MISUSED : FAILED
  }
}

function createProgram(commands: readonly Register[], writeError: (text: string) => void): Command {
  const program = new Command('tollgate')
    .description('Real-time cost attribution and budget enforcement for everything that emits OpenTelemetry spans.')
    .version(packageJson.version)
    .showHelpAfterError('(tollgate COMMAND --help shows what to write)')
    .configureOutput({ writeErr: writeError })
    .exitOverride()
  // Commands inherit the settings above when they are added.
  for (const register of commands) register(program)
  return program
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))
