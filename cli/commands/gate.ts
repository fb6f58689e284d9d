import type { Command } from 'commander'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import type { PollOutcome } from '../gate/gate-metrics.ts'
import { messageOf } from '../message-of.ts'
import { httpUrl, wholeNumber } from '../option-values.ts'
import { runningSystem } from '../running-system.ts'
import { signerFor } from '../signer-for.ts'
import { untilStopped } from '../until-stopped.ts'
import { UsageError } from '../usage-error.ts'

/** `tollgate gate`: answers the proxy beside it from the flags that it polls. */
export function register(program: Command): void {
  program
    .command('gate')
    .description(
      'Answer the proxy beside it (Envoy ext_authz, NGINX auth_request): admit, or refuse with 429. Fails open.',
    )
    .option('--flags <url>', 'the flags document: https://HOST/v1/flags', httpUrl('--flags', FLAGS_EXAMPLE))
    .option('--stack <name>', 'those of a deployed system; region and credentials as the AWS CLI has them')
    .option('--port <port>', 'where to listen', wholeNumber('--port', 0, 65_535), 9191)
    .option('--host <address>', 'on which address to listen', '127.0.0.1')
    .option('--poll <seconds>', 'pause between polls', wholeNumber('--poll', 1, 300), 5)
    .option('--max-age <seconds>', 'admit everything when the flags are older', wholeNumber('--max-age', 1, 86_400), 60)
    .option('--sign <region>', 'sign the polls for this region; an address of API Gateway is signed without it')
    .option('--json', 'print one JSON object a line')
    .action(run)
}

interface GateOptions {
  readonly flags?: URL
  readonly stack?: string
  readonly port: number
  readonly host: string
  readonly poll: number
  readonly maxAge: number
  readonly sign?: string
  readonly json?: true
}

const FLAGS_EXAMPLE = 'https://abc123.execute-api.us-east-1.amazonaws.com/v1/flags'
/** A poll is given up before the next one is due. */
const TIMEOUT_MS = 3_000

async function run(options: GateOptions): Promise<void> {
  // Loaded here, so that other commands start without it.
  const { startGate } = await import('../gate/gate.ts')
  const { flags, sign } = await flagsDocument(options)
  const say = options.json ? sayJson : sayPlainly
  const gate = await startGate({
    flagsUrl: flags,
    host: options.host,
    port: options.port,
    pollMs: options.poll * 1000,
    timeoutMs: TIMEOUT_MS,
    maxAgeMs: options.maxAge * 1000,
    sign,
    now: () => Date.now() as EpochMs,
    observePoll: sayWhenItChanges(say),
  })
  say('listening', `on ${gate.url}, with the flags of ${flags.href}`)
  await untilStopped()
  await gate.close()
}

/** The flags' address, and how polls of it are signed. */
async function flagsDocument({ flags, stack, sign }: GateOptions) {
  if (flags !== undefined && stack === undefined) return { flags, sign: await signerFor(flags, sign) }
  if (flags !== undefined || stack === undefined) {
    throw new UsageError('say whose flags: --flags https://HOST/v1/flags, or --stack NAME')
  }
  const system = await runningSystem({ stack, ...(sign !== undefined && { sign }) })
  return { flags: new URL('/v1/flags', system.url), sign: system.sign }
}

type Say = (event: 'listening' | 'flags' | 'no-flags', what: string) => void

const sayPlainly: Say = (event, what) => process.stdout.write(`${event}: ${what}\n`)
const sayJson: Say = (event, what) => process.stdout.write(`${JSON.stringify({ event, what })}\n`)

/** A poll every 5 s would fill a log; what is new is when they begin to fail, and when they no longer do. */
function sayWhenItChanges(say: Say): (outcome: PollOutcome, error?: unknown) => void {
  let last: string | undefined
  return (outcome, error) => {
    const failure = outcome === 'failed' ? messageOf(error) : 'none'
    if (failure === last) return
    last = failure
    if (outcome === 'failed') say('no-flags', `${failure}; the gate admits everything once what it holds is old`)
    else say('flags', 'in reach')
  }
}
