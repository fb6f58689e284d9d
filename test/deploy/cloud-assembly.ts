import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { parseConfiguration } from '../../infra/configuration.ts'
import { tollgate } from '../../infra/tollgate.ts'
import { type CloudFormationTemplate, forEmulator } from './emulator-template.ts'

const cdkJson = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'))

/** The templates of a cloud assembly by file name. */
export type Templates = Readonly<Record<string, CloudFormationTemplate>>

/**
 * Writes the cloud assembly of a configuration into a folder, as `cdk synth` does, bundles included.
 * `overrides`: beside the configuration in cdk.json. `work`: a folder beside it, the same for all assemblies, since the CDK
 * bundles what it has bundled there already only once.
 */
export function synthesizeInto(folder: string, overrides: Readonly<Record<string, unknown>>, work: string): Templates {
  const app = new App({ context: cdkJson.context, analyticsReporting: false, outdir: work })
  tollgate(app, parseConfiguration({ ...cdkJson.context.tollgate, ...overrides }))
  app.synth()
  cpSync(work, folder, { recursive: true })
  return readTemplates(folder)
}

/** Transforms the templates of a cloud assembly for the emulator, where they lie. */
export function transformForEmulator(folder: string): Templates {
  for (const [file, template] of Object.entries(readTemplates(folder))) {
    writeFileSync(join(folder, file), JSON.stringify(forEmulator(template), null, 1))
  }
  return readTemplates(folder)
}

export const readTemplates = (folder: string): Templates =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith('.template.json'))
      .map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8'))]),
  )
