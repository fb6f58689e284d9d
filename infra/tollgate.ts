import { Tags } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Configuration } from '../layers/core/configuration.ts'
import { CodeStack } from './code-stack.ts'
import { DataStack } from './data-stack.ts'

/** Tollgate as two stacks by lifetime: `<name>-data` holds what must last, `<name>` what may be deployed anew at any time. */
export function tollgate(scope: Construct, configuration: Configuration): { data: DataStack; code: CodeStack } {
  const { name } = configuration
  const data = new DataStack(scope, 'Data', {
    stackName: `${name}-data`,
    description: 'Tollgate: what holds data',
    terminationProtection: true,
    configuration,
  })
  const code = new CodeStack(scope, 'Code', {
    stackName: name,
    description: 'Tollgate: what runs',
    configuration,
    data,
  })
  Tags.of(scope).add('tollgate', name)
  return { data, code }
}
