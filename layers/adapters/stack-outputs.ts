import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'

/** What a deployment wrote down about itself. */
export interface Deployment {
  /** The code stack's name, which is `name` in the configuration. */
  readonly stack: string
  readonly region: string
  readonly account: string
  /** The outputs of the code stack, and of the stack of what holds data (`<name>-data`). */
  readonly outputs: Readonly<Record<string, string>>
}

/** The stack is not there, or not where the caller looks. */
class NoSuchStack extends Error {
  override readonly name = 'NoSuchStack'
  constructor(stack: string, region: string) {
    super(`there is no stack "${stack}" in ${region}: check --stack, AWS_REGION and AWS_PROFILE`)
  }
}

/** The environment names no region. */
class NoRegion extends Error {
  override readonly name = 'NoRegion'
  constructor() {
    super('no region: set AWS_REGION, or AWS_PROFILE to a profile that has one')
  }
}

/**
 * Reads a deployment's outputs with the region and the credentials of the caller's environment. A stack's id is
 * `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/UUID` (CloudFormation API reference, Stack).
 * @throws NoSuchStack, NoRegion, and the SDK's errors where CloudFormation is out of reach or refuses
 */
export async function readDeployment(stack: string, environment: NodeJS.ProcessEnv): Promise<Deployment> {
  const region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION
  const client = new CloudFormationClient(region === undefined ? {} : { region })
  try {
    const found = await regionOf(client)
    const [code, data] = await Promise.all([readStack(client, stack), readStack(client, `${stack}-data`)])
    if (code?.id === undefined) throw new NoSuchStack(stack, found)
    const [, , , inRegion = found, account = 'unknown'] = code.id.split(':')
    return { stack, region: inRegion, account, outputs: { ...data?.outputs, ...code.outputs } }
  } finally {
    client.destroy()
  }
}

async function regionOf(client: CloudFormationClient): Promise<string> {
  try {
    return await client.config.region()
  } catch (error) {
    if (error instanceof Error && /region/i.test(error.message)) throw new NoRegion()
    throw error
  }
}

async function readStack(client: CloudFormationClient, name: string) {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }))
    const outputs = (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])
    return { id: stack?.StackId, outputs: Object.fromEntries(outputs) as Record<string, string> }
  } catch (error) {
    // CloudFormation has no error of its own for it.
    if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message))
      return undefined
    throw error
  }
}
