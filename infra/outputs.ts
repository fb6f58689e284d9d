import { CfnOutput, type Stack } from 'aws-cdk-lib'

/** What a stack tells those who deployed it, and `tollgate --stack`. Names are a contract: layers/adapters reads them. */
export function outputs(stack: Stack, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) new CfnOutput(stack, name, { value })
}
