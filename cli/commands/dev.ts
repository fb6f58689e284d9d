import { resolve } from 'node:path'
import type { Command } from 'commander'
import { messageOf } from '../message-of.ts'
import { wholeNumber } from '../option-values.ts'
import { untilStopped } from '../until-stopped.ts'
import { UsageError } from '../usage-error.ts'

const ANY_PORT = 0

/** `tollgate dev`: the whole system in one process, for the spans of any OpenTelemetry SDK. */
export function register(program: Command): void {
  program
    .command('dev')
    .description('Run the whole system in this process: OTLP/HTTP in, costs, budgets, alerts and flags out.')
    .option('--port <port>', 'where SDKs send spans (OTLP/HTTP)', wholeNumber('--port', 0, 65_535), 4318)
    .option('--api-port <port>', 'where top, gates and dashboards ask', wholeNumber('--api-port', 0, 65_535), 4319)
    .option('--data <folder>', 'keep the state there, and go on from it')
    .option('--kafka <brokers>', 'let a real Kafka carry the spans: HOST:PORT, or several with commas between')
    .option('--configuration <file>', 'a configuration: the object that cdk.json has under "tollgate"')
    .option('--json', 'print one JSON object a line')
    .action(run)
}

interface DevOptions {
  readonly port: number
  readonly apiPort: number
  readonly data?: string
  readonly kafka?: string
  readonly configuration?: string
  readonly json?: true
}

async function run(options: DevOptions): Promise<void> {
  const { port, apiPort } = options
  if (port === apiPort && port !== ANY_PORT) throw new UsageError(`--port and --api-port are both ${port}: write two`)
  const say = options.json ? sayJson : sayPlainly
  const system = await startSystem(options, say)
  system.start()
  say('ready', `spans to ${system.otlpUrl}/v1/traces (OTLP/HTTP, protobuf or JSON)`)
  say('ready', `costs at ${system.apiUrl}/v1/spend, /v1/budgets and /v1/flags`)
  if (!options.json)
    for (const line of hints(system.otlpUrl, system.apiUrl, options.data)) process.stdout.write(`${line}\n`)
  const stopTelling = tell(system.inbox, say)
  await untilStopped()
  stopTelling()
  await system.close()
}

async function startSystem({ port, apiPort, ...options }: DevOptions, say: Say) {
  // Loaded here, so that other commands start without the whole system.
  const [{ startLocalSystem }, { PortTaken }, { realSleep, systemClock }, { localConfiguration }] = await Promise.all([
    import('../../local/system.ts'),
    import('../../local/http.ts'),
    import('../../local/clock.ts'),
    import('../local-configuration.ts'),
  ])
  try {
    return await startLocalSystem({
      configuration: await localConfiguration(options.configuration),
      clock: systemClock(),
      sleep: realSleep,
      ports: { otlp: port, api: apiPort },
      report: (what, error) => say('trouble', `${what}: ${messageOf(error)}`),
      expires: true,
      ...(options.kafka === undefined ? {} : { kafka: options.kafka }),
      ...(options.data === undefined ? {} : { folder: resolve(options.data) }),
    })
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error
    throw new PortTaken(error.port, error.cause, `with ${error.port === port ? '--port' : '--api-port'}`)
  }
}

type Say = (event: 'ready' | 'alert' | 'trouble', what: string) => void

const sayPlainly: Say = (event, what) => process.stdout.write(`${event}: ${what}\n`)
const sayJson: Say = (event, what) => process.stdout.write(`${JSON.stringify({ event, what })}\n`)

function hints(otlpUrl: string, apiUrl: string, data: string | undefined): readonly string[] {
  const local = new URL(apiUrl).port === '4319' ? '' : ` --url ${apiUrl}`
  return [
    '',
    `  an app:   OTEL_EXPORTER_OTLP_ENDPOINT=${otlpUrl} node --require ... app.js`,
    `  watch:    npm run tollgate -- top${local}`,
    `  gate:     npm run tollgate -- gate --flags ${apiUrl}/v1/flags`,
    data === undefined
      ? '  The state is in memory and ends with this process: --data FOLDER keeps it.'
      : `  The state is kept in ${data}.`,
    '  Budgets start in `shadow`: they judge and record, and throttle nobody.',
    '  Ctrl-C ends it.',
    '',
  ]
}

interface Inbox {
  readonly messages: () => readonly { readonly id: string; readonly subject: string | undefined }[]
}

/** Prints the subject of each alert as it is published. */
function tell(inbox: Inbox, say: Say): () => void {
  let told = 0
  const timer = setInterval(() => {
    const messages = inbox.messages()
    for (const message of messages.slice(told)) say('alert', message.subject ?? 'an alert without a subject')
    told = messages.length
  }, 1_000)
  return () => clearInterval(timer)
}
