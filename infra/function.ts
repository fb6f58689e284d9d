import { fileURLToPath } from 'node:url'
import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, type ILayerVersion, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import {
  type BundlingOptions,
  LogLevel,
  NodejsFunction,
  OutputFormat,
  SourceMapMode,
} from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { Access } from './access.ts'
import { BUNDLE_OPTIONS } from './bundle-options.ts'
import { CONFIGURATION_FILE } from './configuration-layer.ts'

/** The folders of `functions/`. */
export type FunctionName =
  | 'create-topic'
  | 'meter-itself'
  | 'refresh-prices'
  | 'attribute-spans'
  | 'close-windows'
  | 'settle-parked'
  | 'roll-up-days'
  | 'publish-throttle'
  | 'publish-alert'
  | 'change-budget'
  | 'throttle-gate'
  | 'explore-costs'

export interface FunctionProps {
  /** Prefix of the function's name, and the namespace of its metrics. */
  readonly deployment: string
  readonly configuration: ILayerVersion
  readonly does: string
  readonly memoryMib: number
  readonly timeout: Duration
  readonly reads?: readonly Access[]
  readonly writes?: readonly Access[]
  /** What the function reads beside the places of its accesses. */
  readonly variables?: Readonly<Record<string, string>>
}

/**
 * One function of `functions/`, with a role of its own that holds its log group, its traces and what it reads and
 * writes, no more. No concurrency is reserved: a new account has 10 executions in all and refuses any reservation, and
 * nothing here is wrong when two run at once (fences, conditional claims, leases).
 */
export function tollgateFunction(scope: Construct, name: FunctionName, props: FunctionProps): NodejsFunction {
  const logGroup = new LogGroup(scope, `${name}-logs`, {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const role = new Role(scope, `${name}-role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
  logGroup.grantWrite(role)
  const accesses = [...(props.reads ?? []), ...(props.writes ?? [])]
  const lambda = new NodejsFunction(scope, name, {
    functionName: `${props.deployment}-${name}`,
    description: props.does,
    entry: fromRepository(`functions/${name}/handler.ts`),
    handler: 'handler',
    projectRoot: fromRepository('.'),
    depsLockFilePath: fromRepository('package-lock.json'),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: props.memoryMib,
    timeout: props.timeout,
    bundling: BUNDLING,
    layers: [props.configuration],
    tracing: Tracing.ACTIVE,
    role,
    logGroup,
    environment: {
      NODE_OPTIONS: '--enable-source-maps',
      POWERTOOLS_SERVICE_NAME: name,
      POWERTOOLS_METRICS_NAMESPACE: props.deployment,
      TOLLGATE_CONFIGURATION_FILE: CONFIGURATION_FILE,
      ...Object.assign({}, ...accesses.map((access) => access.variables)),
      ...props.variables,
    },
  })
  for (const { statement, findings } of accesses) {
    lambda.addToRolePolicy(statement)
    Validations.of(role).acknowledge(...(findings ?? []))
  }
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'X-Ray traces, the Price List and the listing of streams name no resource: their actions are granted on * or not at all.',
  })
  return lambda
}

const fromRepository = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** Everything is bundled, the SDK too: the version tested is the version that runs. */
const BUNDLING: BundlingOptions = {
  ...BUNDLE_OPTIONS,
  format: OutputFormat.CJS,
  mainFields: [...BUNDLE_OPTIONS.mainFields],
  externalModules: [],
  logLevel: LogLevel.WARNING,
  sourceMap: true,
  sourceMapMode: SourceMapMode.DEFAULT,
  sourcesContent: false,
}
