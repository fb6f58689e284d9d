import { Command, CommanderError } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { wrapped } from './explain/wrapped.ts'
import { messageOf } from './message-of.ts'
import { UsageError } from './usage-error.ts'
import { whatToDo } from './what-to-do.ts'

/** Adds one command to the program: what each file of `commands/` exports. */
export type Register = (program: Command) => void

const SEE_HELP = '(tollgate COMMAND --help shows what to write)'

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
    writeError(debug ? `tollgate: ${stackOf(error)}\n` : drawn(explained(error)))
    if (!(error instanceof UsageError)) return FAILED
    writeError(`${SEE_HELP}\n`)
    return MISUSED
  }
}

function createProgram(commands: readonly Register[], writeError: (text: string) => void): Command {
  const program = new Command('tollgate')
    .description('Real-time cost attribution and budget enforcement for everything that emits OpenTelemetry spans.')
    .version(packageJson.version)
    .showHelpAfterError(SEE_HELP)
    .configureOutput({ writeErr: writeError })
    .exitOverride()
  // Commands inherit the settings above when they are added.
  for (const register of commands) register(program)
  return program
}

/** What went wrong and, where the error does not say it itself, what to do about it. */
function explained(error: unknown): string {
  const advice = whatToDo(error)
  return advice === undefined ? messageOf(error) : `${messageOf(error).replace(/\.$/, '')}: ${advice}`
}

/** A message in lines of a narrow terminal, those of its own kept. */
function drawn(message: string): string {
  const [first = '', ...others] = message.split('\n')
  return [...wrapped('', `tollgate: ${first}`), ...others].map((line) => `${line}\n`).join('')
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))
