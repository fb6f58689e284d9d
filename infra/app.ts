import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { adviceOnZones, CONTEXT_KEY, parseConfiguration, WrongConfiguration } from './configuration.ts'
import { tollgate } from './tollgate.ts'

/** `cdk.json` runs this file: the configuration of its context becomes two stacks, and a finding of cdk-nag fails the synth. */
const app = new App()
try {
  const configuration = parseConfiguration(app.node.tryGetContext(CONTEXT_KEY))
  const advice = adviceOnZones(configuration, process.env.CDK_DEFAULT_REGION)
  if (advice !== undefined) console.error(advice)
  tollgate(app, configuration)
} catch (error) {
  if (!(error instanceof WrongConfiguration)) throw error
  console.error(error.message)
  process.exit(1)
}
Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
