import { GetBootstrapBrokersCommand, type GetBootstrapBrokersResponse, KafkaClient } from '@aws-sdk/client-kafka'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import msk from 'aws-msk-iam-sasl-signer-js'

/** How Kafka clients sign in to a cluster. */
export type MskAuthentication = 'iam' | 'scram'

/** The cluster has no listener for this way of signing in. */
class NoBrokers extends Error {
  override readonly name = 'NoBrokers'
  constructor(authentication: MskAuthentication) {
    super(
      `the cluster tells no brokers for ${authentication}: switch that way of signing in on in MSK, or name --brokers`,
    )
  }
}

/** From the nearest to the farthest: in the VPC, through multi-VPC connectivity, over the internet. */
const LISTENERS: Readonly<Record<MskAuthentication, readonly (keyof GetBootstrapBrokersResponse)[]>> = {
  iam: [
    'BootstrapBrokerStringSaslIam',
    'BootstrapBrokerStringVpcConnectivitySaslIam',
    'BootstrapBrokerStringPublicSaslIam',
  ],
  scram: [
    'BootstrapBrokerStringSaslScram',
    'BootstrapBrokerStringVpcConnectivitySaslScram',
    'BootstrapBrokerStringPublicSaslScram',
  ],
}

/**
 * The brokers of an MSK cluster, `HOST:PORT` with commas between (MSK API reference, GetBootstrapBrokers).
 * @throws NoBrokers, and the SDK's errors
 */
export async function readMskBrokers(
  region: string,
  clusterArn: string,
  authentication: MskAuthentication,
): Promise<string> {
  const client = new KafkaClient({ region })
  try {
    const told = await client.send(new GetBootstrapBrokersCommand({ ClusterArn: clusterArn }))
    const brokers = LISTENERS[authentication].map((listener) => told[listener]).find((list) => typeof list === 'string')
    if (brokers === undefined) throw new NoBrokers(authentication)
    return String(brokers)
  } finally {
    client.destroy()
  }
}

/** Makes the tokens with which the caller signs in under IAM access control; each lasts 15 minutes. */
export function mskTokens(region: string): () => Promise<string> {
  const awsCredentialsProvider = defaultProvider()
  return async () => (await msk.generateAuthTokenFromCredentialsProvider({ region, awsCredentialsProvider })).token
}
