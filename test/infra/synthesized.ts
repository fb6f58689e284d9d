import { readFileSync } from 'node:fs'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { AwsSolutionsChecks } from 'cdk-nag'
import { parseConfiguration } from '../../infra/configuration.ts'
import { tollgate } from '../../infra/tollgate.ts'

/** A resource of a template, as CloudFormation reads it. */
export interface Resource {
  readonly Type: string
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON whose shape is what these tests are about
  readonly Properties: any
  readonly DependsOn?: readonly string[]
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
}

/** Both stacks of a configuration, synthesized into a temporary folder. */
export interface Synthesized {
  readonly data: Template
  readonly code: Template
  /** Rules of cdk-nag's AwsSolutions that are violated and not acknowledged. */
  readonly findings: readonly string[]
  /** The folder of assets. */
  readonly assets: string
}

const cdkJson = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'))

/** The context of `cdk.json`, its configuration included. */
export const cdkContext: Readonly<Record<string, unknown>> = cdkJson.context

/** `bundled`: with the functions' code, as a deploy has it; else in a tenth of the time, without. */
export function synthesize(configuration: unknown = cdkContext.tollgate, bundled = false): Synthesized {
  const bundling = bundled ? {} : { 'aws:cdk:bundling-stacks': [] }
  const app = new App({ context: { ...cdkContext, ...bundling }, analyticsReporting: false })
  const { data, code } = tollgate(app, parseConfiguration(configuration))
  const templates = { data: Template.fromStack(data), code: Template.fromStack(code) }
  const report = new AwsSolutionsChecks().validateScope(app) // after synthesis, as references between stacks are named then
  return {
    ...templates,
    assets: app.synth().directory,
    findings: report.violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map((resource) => `${ruleName} ${resource.resourceLogicalId}`),
    ),
  }
}

/** The resources of a type by logical id. */
export const resourcesOf = (template: Template, type: string): Readonly<Record<string, Resource>> =>
  template.findResources(type) as Record<string, Resource>

/** A cluster of someone's own, as configurations of these tests bring it. */
export const OWN_CLUSTER = 'arn:aws:kafka:eu-west-1:123456789012:cluster/shop/11111111-2222-3333-4444-555555555555-7'

/** Bounds of a Ledger table that is not on demand. */
export const PROVISIONED_LEDGER = {
  writeUnits: { minimum: 100, maximum: 4_000 },
  readUnits: { minimum: 20, maximum: 400 },
}
