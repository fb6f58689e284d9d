import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Redriven } from '../../functions/redrive-letters/redrive-letters.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { counted } from '../counted.ts'
import { LOCAL_API } from '../explore-api.ts'
import { httpUrl } from '../option-values.ts'
import { outputOf, runningSystem } from '../running-system.ts'
import { UsageError } from '../usage-error.ts'
import { withProgress } from '../with-progress.ts'

/** `tollgate redrive`: dead letters into the topic again, by reason and time. */
export function register(program: Command): void {
  program
    .command('redrive')
    .description('Put dead letters into the topic again, when what they died of is mended. Each span is booked once.')
    .option('--reason <reasons>', 'only letters of these reasons, with commas between')
    .option('--from <instant>', 'only records whose Kafka timestamp is not before it: 2026-11-23T08:00Z, 2026-11-23')
    .option('--to <instant>', 'only records whose Kafka timestamp is before it')
    .option('--dry-run', 'count the letters, and change nothing')
    .option('--url <url>', 'of a running `tollgate dev`', httpUrl('--url', LOCAL_API))
    .option('--stack <name>', 'letters and topic of a deployed system; region and credentials as the AWS CLI has them')
    .option('--data <folder>', 'the letters and the log of a `tollgate dev --data` that is not running')
    .option('--bucket <name>', 'the letters of a deployed system (output DeadLettersBucket), with --brokers')
    .option('--brokers <list>', 'brokers of the topic, HOST:PORT with commas between; without TLS or a login')
    .option('--topic <name>', 'the topic of spans', 'otel-cost-spans')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(run)
}

const HELP = `
A redrive that breaks off is run again. Letters go to \`redriven/\` in their
bucket; what dies again has a letter anew. With --stack this machine must reach
the cluster; it signs in as the caller (MSK IAM), or with the environment's
TOLLGATE_KAFKA_USERNAME and TOLLGATE_KAFKA_PASSWORD (SCRAM).`

interface RedriveOptions {
  readonly reason?: string
  readonly from?: string
  readonly to?: string
  readonly dryRun?: true
  readonly url?: URL
  readonly stack?: string
  readonly data?: string
  readonly bucket?: string
  readonly brokers?: string
  readonly topic: string
  readonly json?: true
}

async function run(options: RedriveOptions): Promise<void> {
  const redriven = await redrive(options)
  process.stdout.write(options.json ? `${JSON.stringify(redriven)}\n` : drawn(redriven, options.dryRun === true))
}

async function redrive(options: RedriveOptions): Promise<Redriven> {
  // Loaded here, so that other commands start without them.
  const [{ letterSelection, NoSelection }, { redriveLetters }] = await Promise.all([
    import('../../functions/redrive-letters/letter-selection.ts'),
    import('../../functions/redrive-letters/redrive-letters.ts'),
  ])
  try {
    const selection = letterSelection(options)
    const opened = await open(options)
    if (opened === undefined) {
      const { redriveThere } = await import('../redrive/redrive-there.ts')
      const { reason, from, to } = options
      const { url } = await runningSystem({ ...(options.url !== undefined && { url: options.url }) })
      return await withProgress(process.stderr, (tell) => {
        tell('the system puts its letters into its log')
        return redriveThere(url, { reason, from, to }, options.dryRun === true)
      })
    }
    try {
      const now = () => Date.now() as EpochMs
      return await withProgress(process.stderr, (tell) => {
        const progress = (done: number, of: number): void =>
          tell(`${done.toLocaleString('en')} of ${counted(of, 'letter')}`)
        return redriveLetters({ ...opened, now, progress }, selection, options.dryRun === true)
      })
    } finally {
      await opened.close()
    }
  } catch (error) {
    throw error instanceof NoSelection ? new UsageError(error.message) : error
  }
}

/** Undefined: a running system does it. */
async function open({ url, stack, data, bucket, brokers, topic }: RedriveOptions) {
  const { openBucket, openFolder } = await import('../redrive/letters-and-topic.ts')
  if ([url, stack, data, bucket ?? brokers].filter((place) => place !== undefined).length > 1) {
    throw new UsageError('give one of --url, --stack, --data, and --bucket with --brokers: that is where letters are')
  }
  if (data !== undefined) return openFolder(resolve(data), topic)
  if (stack !== undefined) {
    const { deployment } = await runningSystem({ stack })
    if (deployment === undefined) return undefined
    const { deployedTopic } = await import('../deployed-topic.ts')
    return openBucket(outputOf(deployment, 'DeadLettersBucket'), await deployedTopic(deployment, process.env))
  }
  if (bucket === undefined && brokers === undefined) return undefined
  if (bucket !== undefined && brokers !== undefined) return openBucket(bucket, { brokers, topic })
  throw new UsageError('--bucket says where the letters are and --brokers where they go: write both')
}

function drawn({ letters, records, spans, byReason }: Redriven, isRehearsal: boolean): string {
  if (letters === 0) return 'There are no such dead letters.\n'
  const reasons = Object.entries(byReason).map(([reason, count]) => `  ${reason}: ${counted(count, 'span')}\n`)
  const what = [counted(letters, 'letter'), counted(records, 'record'), counted(spans, 'span')].join(', ')
  return `${isRehearsal ? 'Would put' : 'Put'} into the topic again: ${what}\n${reasons.join('')}`
}
