import { Aws, Fn, Lazy, RemovalPolicies } from 'aws-cdk-lib'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  type IVpc,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { CfnCluster } from 'aws-cdk-lib/aws-msk'
import { Construct } from 'constructs'
import { type Configuration, zoneCount } from '../layers/core/configuration.ts'
import { deliveredLogs } from './delivered-logs.ts'
import { KAFKA_PORTS } from './kafka.ts'
import { MINUTE } from './metrics.ts'

/**
 * An Apache Kafka that MSK supports and whose topics its API can make (3.6 or later). Express brokers run it in KRaft mode alone, which
 * `.kraft` asks for, and kafka.t3.small has no KRaft mode: MSK refuses either otherwise
 * (github.com/hashicorp/terraform-provider-aws/issues/48309, and the rules pf-msk-* of cdk-preflight, tried in an account).
 */
const KAFKA_VERSION = { standard: '3.9.x', express: '3.9.x.kraft' } as const

export type SpanClusterProps = Pick<Configuration, 'name'> & Configuration['topic']['newCluster']

/**
 * A cluster of standard or express brokers, one a zone, in a VPC to themselves or in subnets of one that is there.
 * Lambda's pollers in provisioned mode come in over interfaces of their own and need no interface endpoint
 * (Lambda guide, with-msk-cluster-network). Members of `clients` reach the brokers: the Collector wears it.
 */
export class SpanCluster extends Construct {
  readonly brokers: CfnCluster
  readonly clusterArn: string
  readonly vpc: IVpc
  readonly clients: SecurityGroup
  /** How full each broker's disk is, percent; none of express brokers, which have no disks of their own. */
  readonly disksUsed: readonly Metric[]

  constructor(scope: Construct, id: string, props: SpanClusterProps) {
    super(scope, id)
    const { vpc, subnetIds } = props.network === undefined ? isolated(this, props.zones) : given(this, props.network)
    this.vpc = vpc
    this.clients = new SecurityGroup(this, 'Clients', {
      vpc,
      description: 'Kafka brokers of Tollgate, their pollers and the Collectors that write to them',
      allowAllOutbound: false,
    })
    this.clients.connections.allowInternally(Port.tcp(KAFKA_PORTS.iam), 'Kafka over TLS, clients known by IAM')
    this.brokers = brokers(this, props, subnetIds, this.clients)
    this.clusterArn = this.brokers.attrArn
    this.disksUsed = isExpress(props) ? [] : disksUsed(props)
    // Brokers hold spans, and hold their network: they stay together or go together. A deploy that fails while it makes them
    // takes them away again: what it left would be in the way of the next one (CloudFormation, DeletionPolicy).
    RemovalPolicies.of(this).retainOnUpdateOrDelete()
  }
}

type Zones = SpanClusterProps['zones']

/** CDK looks for names among the account's zones, which are not known while it synthesizes: a lazy one it leaves alone. */
const zoneNames = (zones: Zones): string[] =>
  typeof zones === 'number'
    ? Array.from({ length: zones }, (_, zone) => Fn.select(zone, Fn.getAzs(Aws.REGION)))
    : zones.map((name) => Lazy.string({ produce: () => name }))

/** Where the brokers stand. */
interface Network {
  readonly vpc: IVpc
  readonly subnetIds: readonly string[]
}

function given(scope: Construct, { vpcId, subnetIds }: NonNullable<SpanClusterProps['network']>): Network {
  // CDK wants a zone a subnet here, and asks for the name of none.
  return { vpc: Vpc.fromVpcAttributes(scope, 'Network', { vpcId, availabilityZones: [...subnetIds] }), subnetIds }
}

/** A VPC with no way in or out but endpoints, and no NAT. */
function isolated(scope: Construct, zones: Zones): Network {
  const vpc = new Vpc(scope, 'Vpc', {
    availabilityZones: zoneNames(zones),
    natGateways: 0,
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [{ name: 'spans', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
    gatewayEndpoints: {
      s3: { service: GatewayVpcEndpointAwsService.S3 },
      dynamodb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
    },
  })
  vpc.addFlowLog('Refused', {
    trafficType: FlowLogTrafficType.REJECT,
    destination: FlowLogDestination.toCloudWatchLogs(
      new LogGroup(scope, 'RefusedTraffic', { retention: RetentionDays.ONE_MONTH }),
    ),
  })
  // CDK's own types disagree under exactOptionalPropertyTypes
  return { vpc: vpc as IVpc, subnetIds: vpc.isolatedSubnets.map((subnet) => subnet.subnetId) }
}

const clusterName = ({ name }: SpanClusterProps): string => `${name}-spans`

const isExpress = ({ brokerType }: SpanClusterProps): boolean => brokerType.startsWith('express.')

/** At the monitoring level DEFAULT, so without a price; MSK numbers the brokers from 1 (MSK developer guide, metrics-details). */
const disksUsed = (props: SpanClusterProps): Metric[] =>
  Array.from(
    { length: zoneCount(props.zones) },
    (_, broker) =>
      new Metric({
        namespace: 'AWS/Kafka',
        metricName: 'KafkaDataLogsDiskUsed',
        dimensionsMap: { 'Cluster Name': clusterName(props), 'Broker ID': String(broker + 1) },
        statistic: 'Maximum',
        period: MINUTE,
      }),
  )

function brokers(
  scope: Construct,
  props: SpanClusterProps,
  subnetIds: readonly string[],
  group: SecurityGroup,
): CfnCluster {
  const logs = new LogGroup(scope, 'BrokerLogs', {
    logGroupName: deliveredLogs(props.name, 'brokers'),
    retention: RetentionDays.ONE_MONTH,
  })
  return new CfnCluster(scope, 'Brokers', {
    clusterName: clusterName(props),
    kafkaVersion: KAFKA_VERSION[isExpress(props) ? 'express' : 'standard'],
    numberOfBrokerNodes: zoneCount(props.zones),
    brokerNodeGroupInfo: {
      instanceType: props.brokerType,
      clientSubnets: [...subnetIds],
      securityGroups: [group.securityGroupId],
      // Express brokers bring storage of their own and refuse a size.
      ...(!isExpress(props) && { storageInfo: { ebsStorageInfo: { volumeSize: props.storageGib } } }),
    },
    clientAuthentication: { sasl: { iam: { enabled: true } }, unauthenticated: { enabled: false } },
    encryptionInfo: { encryptionInTransit: { clientBroker: 'TLS', inCluster: true } },
    loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: logs.logGroupName } } },
  })
}
