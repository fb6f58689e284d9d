import { readFileSync } from 'node:fs'
import type { CfnFunction, Function as Lambda } from 'aws-cdk-lib/aws-lambda'
import type { Configuration } from '../layers/core/configuration.ts'
import type { FunctionName } from './function.ts'
import { tableNames } from './tables.ts'

/** The shape that layers/adapters/environment.ts reads. */
interface OwnResources {
  readonly version: string
  readonly functions: readonly { readonly name: string; readonly memoryMb: number }[]
  readonly tables: readonly string[]
}

/** What of the deployment is metered for its own row in the ledger, by the names that it has in AWS. */
export function ownResources(
  { name }: Pick<Configuration, 'name'>,
  functions: Readonly<Partial<Record<FunctionName, Lambda>>>,
): OwnResources {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return {
    version,
    functions: Object.entries(functions).map(([function_, lambda]) => ({
      name: `${name}-${function_}`,
      memoryMb: (lambda.node.defaultChild as CfnFunction).memorySize ?? 128,
    })),
    tables: tableNames(name),
  }
}
