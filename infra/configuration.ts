import * as z from 'zod'
import { type Configuration, configurationSchema } from '../layers/core/configuration.ts'

/** The key of `cdk.json`'s context that holds Tollgate's configuration. */
export const CONTEXT_KEY = 'tollgate'

/** The configuration in `cdk.json` cannot be deployed; the message names each wrong key and what to write. */
export class WrongConfiguration extends Error {
  override readonly name = 'WrongConfiguration'
}

/**
 * The configuration of the CDK context, with every default filled in.
 * @throws WrongConfiguration
 */
export function parseConfiguration(context: unknown): Configuration {
  if (context === undefined) {
    throw new WrongConfiguration(
      `cdk.json: write Tollgate's configuration under context.${CONTEXT_KEY}; {} takes all defaults`,
    )
  }
  const parsed = configurationSchema.safeParse(context)
  if (!parsed.success)
    throw new WrongConfiguration(parsed.error.issues.map((issue) => complaint(issue, context)).join('\n'))
  refuseTopicOnServerless(parsed.data)
  refuseManyRegions(parsed.data)
  return parsed.data
}

function complaint(issue: z.core.$ZodIssue, context: unknown): string {
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path
  const found = valueAt(context, path)
  const shown = found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 80)
  return `cdk.json: ${z.core.toDotPath(['context', CONTEXT_KEY, ...path])}: ${issue.message}; found ${shown}`
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  )
}

/** MSK names serverless clusters with a UUID that ends in `-s` and a digit; its API makes topics on provisioned ones only. */
function refuseTopicOnServerless({ topic }: Configuration): void {
  if (topic.exists || topic.clusterArn === undefined || !/-s\d+$/.test(topic.clusterArn)) return
  throw new WrongConfiguration(
    [
      `cdk.json: context.${CONTEXT_KEY}.topic.exists: MSK Serverless makes no topics through the AWS API.`,
      'Make it with a Kafka client inside the VPC, then write "exists": true:',
      `  kafka-topics.sh --bootstrap-server BROKERS --command-config iam.properties --create --topic ${topic.name} --partitions ${topic.partitions}`,
    ].join('\n'),
  )
}

/**
 * A refresh asks some 35 pages of each region (14 services, and S3 alone has 20 pages), one after the other, as the Price List answers
 * five calls a second: ten are two minutes' work, and refresh-prices has three. A local system has them all: it asks nobody.
 */
const REGIONS_MAX = 10

function refuseManyRegions({ pricedRegions }: Configuration): void {
  if (pricedRegions.length <= REGIONS_MAX) return
  throw new WrongConfiguration(
    `cdk.json: context.${CONTEXT_KEY}.pricedRegions: a refresh of the prices reads ${REGIONS_MAX} regions in its time; found ${pricedRegions.length}`,
  )
}

/**
 * What to say before a deploy makes a cluster in zones that nobody chose; undefined where there is nothing to say. MSK takes no subnet
 * in the zone `use1-az3` (CloudFormation, MSK BrokerNodeGroupInfo), which has another letter in each account.
 */
export function adviceOnZones({ topic }: Configuration, region: string | undefined): string | undefined {
  const { zones, network } = topic.newCluster
  const chosen = topic.clusterArn !== undefined || network !== undefined || typeof zones !== 'number'
  if (chosen || region !== 'us-east-1') return undefined
  return [
    'MSK takes no subnet in the zone use1-az3. Where that is one of the first three of your account, the deploy fails; name others then',
    `under context.${CONTEXT_KEY}.topic.newCluster.zones in cdk.json, for instance ["us-east-1a", "us-east-1b", "us-east-1d"]:`,
    "  aws ec2 describe-availability-zones --query 'AvailabilityZones[].[ZoneId,ZoneName]' --output text",
  ].join('\n')
}
