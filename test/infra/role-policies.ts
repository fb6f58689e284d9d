import type { Template } from 'aws-cdk-lib/assertions'
import { type Resource, resourcesOf } from './synthesized.ts'

export const ACCOUNT = '123456789012'
export const REGION = 'eu-west-1'

/** A policy as IAM has it: every reference to another resource replaced by the ARN it will have. */
export interface RolePolicy {
  readonly name: string
  readonly policy: { readonly Version: string; readonly Statement: readonly unknown[] }
}

interface Stacks {
  readonly data: Template
  readonly code: Template
}

/** ARNs by the type of what is referred to. A resource of another type in a policy fails the test that reads it. */
const ARN_OF: Readonly<Record<string, (resource: Resource, id: string) => string>> = {
  'AWS::DynamoDB::Table': ({ Properties }) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${Properties.TableName}`,
  'AWS::S3::Bucket': () => 'arn:aws:s3:::tollgate-dead-letters',
  'AWS::SNS::Topic': ({ Properties }) => `arn:aws:sns:${REGION}:${ACCOUNT}:${Properties.TopicName}`,
  'AWS::Logs::LogGroup': (_, id) => `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${id}:*`,
  'AWS::MSK::Cluster': () => `arn:aws:kafka:${REGION}:${ACCOUNT}:cluster/tollgate/MADE`,
  'AWS::Lambda::Function': ({ Properties }) =>
    `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${Properties.FunctionName ?? 'trigger'}`,
}

const PSEUDO: Readonly<Record<string, string>> = { 'AWS::Partition': 'aws', 'AWS::Region': REGION }

/** What the role of a function may do, by its inline policy: the one that this repository writes. */
export function rolePolicyOf(stacks: Stacks, name: string): RolePolicy {
  const prefix = `${name.replaceAll('-', '')}role`
  const found = Object.entries(resourcesOf(stacks.code, 'AWS::IAM::Policy')).filter(([id]) => id.startsWith(prefix))
  const [only] = found
  if (only === undefined || found.length > 1) throw new Error(`${name} has ${found.length} policies`)
  return { name, policy: resolve(stacks, stacks.code, only[1].Properties.PolicyDocument) as RolePolicy['policy'] }
}

function resolve(stacks: Stacks, template: Template, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(stacks, template, one))
  if (typeof value !== 'object' || value === null) return value
  const [[key, argument] = ['', undefined], ...others] = Object.entries(value)
  if (others.length === 0) {
    if (key === 'Fn::ImportValue') return resolve(stacks, stacks.data, exported(stacks.data, argument))
    if (key === 'Fn::GetAtt') return attribute(template, argument)
    if (key === 'Fn::Join') return (resolve(stacks, template, argument[1]) as string[]).join(argument[0])
    if (key === 'Ref') return PSEUDO[argument] ?? attribute(template, [argument, 'Arn'])
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolve(stacks, template, one)]))
}

function exported(data: Template, name: string): unknown {
  const output = Object.values(data.toJSON().Outputs).find((one) => (one as Output).Export?.Name === name)
  if (output === undefined) throw new Error(`the data stack exports no ${name}`)
  return (output as Output).Value
}

interface Output {
  readonly Value: unknown
  readonly Export?: { readonly Name: string }
}

function attribute(template: Template, [id, name]: readonly [id: string, name: string]): string {
  const resource: Resource = template.toJSON().Resources[id]
  const arn = ARN_OF[resource.Type]?.(resource, id)
  if (arn === undefined) throw new Error(`a policy names ${id}, a ${resource.Type}: add its ARN to the test`)
  return name === 'StreamArn' ? `${arn}/stream/2026-11-24T00:00:00.000` : arn
}
