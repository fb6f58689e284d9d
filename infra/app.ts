import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { CONTEXT_KEY, parseConfiguration, WrongConfiguration } from './configuration.ts'
import { tollgate } from './tollgate.ts'

/** `cdk.json` runs this file: the configuration of its context becomes two stacks, and a finding of cdk-nag fails the synth. */
const app = new App()
try {
  tollgate(app, parseConfiguration(app.node.tryGetContext(CONTEXT_KEY)))
} catch (error) {
  if (!(error instanceof WrongConfiguration)) throw error
  console.error(error.message)
  process.exit(1)
}
Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
