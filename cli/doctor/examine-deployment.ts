import type { DeployedParts } from '../../layers/adapters/deployed-parts.ts'
import type { Deployment } from '../../layers/adapters/stack-outputs.ts'
import { messageOf } from '../message-of.ts'
import { outputOf } from '../running-system.ts'
import { type Finding, fail, ok, warn } from './finding.ts'
import { judgeAlerts } from './judge-alerts.ts'
import { judgeMapping } from './judge-mapping.ts'
import { judgeTable } from './judge-table.ts'
import { judgeTopic } from './judge-topic.ts'

/** The tables by their outputs, and whether something follows their stream. */
const TABLES = [
  ['LedgerTable', false],
  ['PricesTable', false],
  ['BudgetsTable', true],
  ['FlagsTable', false],
] as const

export interface Examination {
  readonly parts: DeployedParts
  readonly deployment: Deployment
  /** Did AWS refuse the call because the caller may not make it? */
  readonly isAccessDenied: (error: unknown) => boolean
}

/** Asks AWS about every part that a deployment names. What the caller may not ask is a finding, too. */
export async function examineDeployment(examination: Examination): Promise<readonly Finding[]> {
  const { parts, deployment } = examination
  const output = (name: string): string => outputOf(deployment, name)
  const denied: string[] = []
  const look = (part: string, calls: string, examine: () => Promise<Finding>): Promise<Finding> =>
    examined(examination, part, examine, () => void denied.push(calls))

  const findings = await Promise.all([
    look('topic', 'kafka:DescribeClusterV2, kafka:DescribeTopic', async () => judgeTopic(await topicOf(examination))),
    look('mapping', 'lambda:ListEventSourceMappings', async () =>
      judgeMapping(await parts.listMappings(output('AttributeSpansFunction')), output('TopicName')),
    ),
    ...TABLES.map(([table, isStreamed]) =>
      look(`table ${deployment.outputs[table] ?? table}`, 'dynamodb:Describe*', async () =>
        judgeTable(output(table), isStreamed, await parts.describeTable(output(table))),
      ),
    ),
    look('alerts', 'sns:ListSubscriptionsByTopic', async () =>
      judgeAlerts(await parts.listSubscriptions(output('AlertsTopicArn'))),
    ),
  ])
  return [...findings, judgePermissions([...new Set(denied)].sort())]
}

async function topicOf({ parts, deployment }: Examination) {
  const name = outputOf(deployment, 'TopicName')
  const topics = parts.topicsOf(outputOf(deployment, 'ClusterArn'))
  const cluster = await topics.describeCluster()
  // MSK has its topic operations for provisioned clusters only.
  const topic = cluster?.kind === 'provisioned' ? await topics.describeTopic(name) : undefined
  return { name, wanted: Number(outputOf(deployment, 'TopicPartitions')), cluster, topic }
}

async function examined(
  { isAccessDenied }: Examination,
  part: string,
  examine: () => Promise<Finding>,
  onDenied: () => void,
): Promise<Finding> {
  try {
    return await examine()
  } catch (error) {
    if (!isAccessDenied(error)) return fail(part, messageOf(error), 'see that the part is there, then look again')
    onDenied()
    return warn(part, 'not looked at: your identity may not', 'see "permissions" below')
  }
}

/** What the doctor's own caller lacks. */
function judgePermissions(denied: readonly string[]): Finding {
  if (denied.length === 0) return ok('permissions', 'your identity may see all of it')
  return warn(
    'permissions',
    `your identity lacks ${denied.join(', ')}`,
    'allow it to, or take another with AWS_PROFILE',
  )
}
