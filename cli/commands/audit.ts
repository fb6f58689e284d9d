import type { Command } from 'commander'
import type { Deployment } from '../../layers/adapters/stack-outputs.ts'
import type { AuditReport } from '../../layers/core/ledger/audit.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import type { TopicHere } from '../audit/topic-here.ts'
import { outputOf, runningSystem, type SystemOptions, withSystemOptions } from '../running-system.ts'
import { UsageError } from '../usage-error.ts'
import { withProgress } from '../with-progress.ts'

/** `tollgate audit`: do the ledger's figures add up, with each other and with the topic. */
export function register(program: Command): void {
  withSystemOptions(program.command('audit'))
    .description(
      'Check by hour and service that spans in = booked + parked + uncharged + dead + copies, and that money by minute = by operation.',
    )
    .option('--from <instant>', 'since when; the current hour where nothing is said (2026-11-23T08:00Z, 2026-11-23)')
    .option('--to <instant>', 'until when, at most a week later')
    .option('--service <name>', 'one service alone; the topic is not read then')
    .option('--with-topic', 'with --stack: read its topic and dead letters too, from this machine')
    .option('--brokers <list>', 'read the topic of these brokers (HOST:PORT with commas between), with --bucket')
    .option('--bucket <name>', 'where the dead letters of that topic lie')
    .option('--topic <name>', 'the topic, with --brokers', 'otel-cost-spans')
    .option('--group <name>', 'the consumer group that books it, with --brokers', 'tollgate-attribute-spans')
    .option('--configuration <file>', "the system's configuration, where it is not the default one: cdk.json")
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(run)
}

const HELP = `
Ends with code 1 where an identity does not hold. A local system reads its topic
itself, a deployed one does not: with --with-topic this machine reads it twice,
from the first of those hours to its end. It must reach the brokers, and signs
in as the caller (MSK IAM) or with TOLLGATE_KAFKA_USERNAME and
TOLLGATE_KAFKA_PASSWORD (SCRAM).`

interface AuditOptions extends SystemOptions {
  readonly from?: string
  readonly to?: string
  readonly service?: string
  readonly withTopic?: true
  readonly brokers?: string
  readonly bucket?: string
  readonly topic: string
  readonly group: string
  readonly configuration?: string
  readonly json?: true
}

/** Figures that must be equal are not. */
class IdentitiesViolated extends Error {
  override readonly name = 'IdentitiesViolated'
  constructor(broken: string) {
    super(`${broken}; docs/operations.md, "identity-drift", says what to do`)
  }
}

async function run(options: AuditOptions): Promise<void> {
  const report = await audit(options)
  const { brokenIdentities, drawAudit } = await import('../audit/draw-audit.ts')
  const width = Math.max(80, process.stdout.columns ?? 80)
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : drawAudit(report, width))
  if (report.violations.length > 0) throw new IdentitiesViolated(brokenIdentities(report.violations.length))
}

async function audit(options: AuditOptions): Promise<AuditReport> {
  // Loaded here, so that other commands start without them.
  const [{ auditedHours }, { readAudit }] = await Promise.all([
    import('../audit/audited-hours.ts'),
    import('../audit/audit-client.ts'),
  ])
  const { from, to, service } = options
  const written = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  const { hours, parameters } = auditedHours(written, Date.now() as EpochMs)
  const readsTopic = isTopicAsked(options)
  const { url, sign, deployment } = await runningSystem(options)
  if (!readsTopic) {
    return withProgress(process.stderr, (tell) => {
      tell('the system reads its ledger')
      return readAudit(url, { ...written, ...(service !== undefined && { service }) }, sign)
    })
  }
  const [{ topicHere }, { auditTopicHere }] = await Promise.all([
    import('../audit/topic-here.ts'),
    import('../audit/audit-with-topic.ts'),
  ])
  const which = await whichTopic(options, deployment)
  const readLedger = (): Promise<AuditReport> => readAudit(url, { ...parameters, limit: String(LINES_MAX) }, sign)
  return withProgress(process.stderr, async (tell) =>
    auditTopicHere(await topicHere(which, tell), readLedger, hours, tell),
  )
}

/** As many lines as one answer of the API has. */
const LINES_MAX = 1000

/** @throws UsageError where what is written does not go together */
function isTopicAsked({ withTopic, brokers, bucket, stack, service }: AuditOptions): boolean {
  if (withTopic && stack === undefined) throw new UsageError('--with-topic reads the topic of a --stack: name one')
  if (withTopic && brokers !== undefined) throw new UsageError('give --with-topic or --brokers, not both')
  if ((brokers === undefined) !== (bucket === undefined)) {
    throw new UsageError('--brokers says where the topic is and --bucket where its dead letters are: write both')
  }
  const isAsked = withTopic === true || brokers !== undefined
  if (isAsked && service !== undefined) throw new UsageError('the topic is read for all services: leave --service out')
  return isAsked
}

async function whichTopic(
  { brokers, bucket, topic, group, configuration }: AuditOptions,
  deployment: Deployment | undefined,
): Promise<TopicHere> {
  if (brokers !== undefined && bucket !== undefined) return { brokers, topic, groupId: group, bucket, configuration }
  if (deployment === undefined)
    throw new UsageError('name the topic: --stack with --with-topic, or --brokers and --bucket')
  const { consumerGroupOf, deployedTopic } = await import('../deployed-topic.ts')
  const access = await deployedTopic(deployment, process.env)
  return {
    ...access,
    groupId: consumerGroupOf(deployment),
    bucket: outputOf(deployment, 'DeadLettersBucket'),
    configuration,
  }
}
