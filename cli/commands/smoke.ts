import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { httpUrl, wholeNumber } from '../option-values.ts'
import { type RunningSystem, runningSystem, type SystemOptions, withSystemOptions } from '../running-system.ts'
import type { SmokePorts } from '../smoke/run-smoke.ts'
import { withProgress } from '../with-progress.ts'

const LOCAL_OTLP = 'http://127.0.0.1:4318'

/** `tollgate smoke`: one span through everything, to its cent and its alert. */
export function register(program: Command): void {
  withSystemOptions(program.command('smoke'))
    .description('Send one marked span, wait for its cent in the ledger and its alert in shadow, and remove both.')
    .option('--otlp <url>', `by OTLP/HTTP, to a Collector (local: ${LOCAL_OTLP})`, httpUrl('--otlp', LOCAL_OTLP))
    .option('--brokers <list>', 'straight into the topic, HOST:PORT with commas between; without TLS or a login')
    .option('--topic <name>', 'the topic, with --brokers', 'otel-cost-spans')
    .option('--timeout <seconds>', 'for each stage', wholeNumber('--timeout', 5, 3_600), 480)
    .option('--json', 'print one JSON document, and tell nothing on the way')
    .addHelpText('after', HELP)
    .action(run)
}

const HELP = `
With --stack the span goes into the topic of the stack's cluster, which this
machine must reach, signed in as the caller (MSK IAM), or with the environment's
TOLLGATE_KAFKA_USERNAME and TOLLGATE_KAFKA_PASSWORD (SCRAM). It takes a minute
or two, since an alert is judged when its minute is over; six where a topic that
was busy has just fallen silent.`

interface SmokeOptions extends SystemOptions {
  readonly otlp?: URL
  readonly brokers?: string
  readonly topic: string
  readonly timeout: number
  readonly json?: true
}

async function run(options: SmokeOptions): Promise<void> {
  // Loaded here, so that other commands start without them.
  const [{ runSmoke }, { smokeApi }] = await Promise.all([
    import('../smoke/run-smoke.ts'),
    import('../smoke/smoke-api.ts'),
  ])
  const system = await runningSystem(options)
  const way = await wayInto(system, options)
  const smoked = await withProgress(process.stderr, (tell) => {
    const say: SmokePorts['say'] = (stage, what) => {
      tell(undefined)
      if (!options.json) process.stdout.write(`${stage.padEnd(8)} ${what}\n`)
    }
    const ports: SmokePorts = {
      ...smokeApi(system, Date.now),
      ...{ way, say, tell, pause, now: Date.now },
      removeRows: () => removeRows(system),
      random: () => ({
        mark: `smoke-${randomBytes(4).toString('hex')}`,
        trace: randomBytes(16).toString('hex'),
        span: randomBytes(8).toString('hex'),
      }),
    }
    return runSmoke(ports, options.timeout * 1000)
  })
  if (options.json) process.stdout.write(`${JSON.stringify({ system: system.title, ...smoked })}\n`)
}

async function wayInto({ deployment }: RunningSystem, { otlp, brokers, topic }: SmokeOptions) {
  const { byKafka, byOtlp } = await import('../smoke/send-span.ts')
  if (otlp !== undefined) return byOtlp(otlp)
  if (brokers !== undefined) return byKafka({ brokers, topic })
  if (deployment === undefined) return byOtlp(new URL(LOCAL_OTLP))
  const { deployedTopic } = await import('../deployed-topic.ts')
  return byKafka(await deployedTopic(deployment, process.env))
}

async function removeRows({ url, deployment }: RunningSystem): Promise<number | undefined> {
  if (deployment === undefined) return (await import('../smoke/smoke-api.ts')).removeRowsLocally(url)
  const [{ removeSmokeRowsThere }, { isAccessDenied }, { outputOf }] = await Promise.all([
    import('../../layers/adapters/smoke-rows.ts'),
    import('../../layers/adapters/access-denied.ts'),
    import('../running-system.ts'),
  ])
  try {
    return await removeSmokeRowsThere(deployment.region, outputOf(deployment, 'LedgerTable'))
  } catch (error) {
    if (isAccessDenied(error)) return undefined
    throw error
  }
}
