import type { Command } from 'commander'
import type { SignRequest } from '../layers/adapters/request-signer.ts'
import type { Deployment } from '../layers/adapters/stack-outputs.ts'
import { LOCAL_API } from './explore-api.ts'
import { httpUrl } from './option-values.ts'
import { signerFor } from './signer-for.ts'
import { UsageError } from './usage-error.ts'

/** How a command is told which system it talks to. */
export interface SystemOptions {
  readonly url?: URL
  readonly stack?: string
  readonly sign?: string
}

/** A system that a command talks to. */
export interface RunningSystem {
  /** Its HTTP API. */
  readonly url: URL
  /** Undefined where the API is served to anybody. */
  readonly sign: SignRequest | undefined
  /** Which one it is, for people: its address; where it was found by its stack, that, region and account. */
  readonly title: string
  /** What the deployment wrote down; undefined where the system was given by address. */
  readonly deployment: Deployment | undefined
}

/** Adds the options that name a system. */
export const withSystemOptions = (command: Command): Command =>
  command
    .option('--url <url>', `the API of a running system (default: ${LOCAL_API})`, httpUrl('--url', LOCAL_API))
    .option('--stack <name>', 'a deployed system by its stack; region and credentials as the AWS CLI has them')
    .option('--sign <region>', 'sign for this region; --stack and API Gateway addresses are signed without it')

/**
 * Finds the system, and says on standard error which one it is.
 * @throws UsageError where two are named; NoSuchStack, NoRegion and the SDK's errors where the stack cannot be read
 */
export async function runningSystem(options: SystemOptions): Promise<RunningSystem> {
  const system = await findSystem(options)
  process.stderr.write(`system: ${system.title}\n`)
  return system
}

async function findSystem({ url, stack, sign }: SystemOptions): Promise<RunningSystem> {
  if (stack === undefined) {
    const base = url ?? new URL(LOCAL_API)
    return { url: base, sign: await signerFor(base, sign), title: addressOf(base), deployment: undefined }
  }
  if (url !== undefined) throw new UsageError('give --url or --stack, not both: a stack has its own address')
  // Loaded here, so that commands without a stack start without the AWS SDK.
  const { readDeployment } = await import('../layers/adapters/stack-outputs.ts')
  const deployment = await readDeployment(stack, process.env)
  const api = new URL(outputOf(deployment, 'ApiUrl'))
  return {
    url: api,
    sign: await signerFor(api, sign ?? deployment.region),
    title: `stack ${deployment.stack}, ${deployment.region}, account ${deployment.account}, ${addressOf(api)}`,
    deployment,
  }
}

const addressOf = (url: URL): string => url.href.replace(/\/$/, '')

/** The stack is none of Tollgate's, or of a version before this one. */
class NoSuchOutput extends Error {
  override readonly name = 'NoSuchOutput'
  constructor({ stack }: Deployment, output: string) {
    super(
      `stack "${stack}" has no output ${output}: deploy Tollgate there, or deploy it again ("npx cdk deploy --all")`,
    )
  }
}

/** An output of the deployment. @throws NoSuchOutput */
export function outputOf(deployment: Deployment, output: string): string {
  const value = deployment.outputs[output]
  if (value === undefined) throw new NoSuchOutput(deployment, output)
  return value
}
