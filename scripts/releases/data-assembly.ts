import { readFileSync } from 'node:fs'
import { App } from 'aws-cdk-lib'
import { parseConfiguration } from '../../infra/configuration.ts'
import { tollgate } from '../../infra/tollgate.ts'

/** The ways in, as people configure them. A release keeps the template of each; one that is added later has none there. */
export const WAYS_IN: Readonly<Record<string, unknown>> = {
  'new-cluster': { alerts: [{ protocol: 'email', endpoint: 'oncall@example.com' }] },
  'own-cluster': {
    topic: {
      clusterArn: 'arn:aws:kafka:eu-west-1:123456789012:cluster/shop/11111111-2222-3333-4444-555555555555-7',
      openSecurityGroups: ['sg-0123abcd'],
    },
  },
}

/** The data stack's template in an assembly. */
export const DATA_TEMPLATE = 'Data.template.json'

/**
 * Synthesizes both stacks into `folder`, with the context of `cdk.json`, without the functions' code. `prepare` sees the app before.
 * @throws what a check that `prepare` adds finds
 */
export function writeAssembly(folder: string, configuration: unknown, prepare: (app: App) => void = () => {}): void {
  const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'))
  const app = new App({
    outdir: folder,
    context: { ...context, 'aws:cdk:bundling-stacks': [] },
    analyticsReporting: false,
  })
  tollgate(app, parseConfiguration(configuration))
  prepare(app)
  app.synth()
}
