import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { type Configuration, configurationSchema } from '../core/configuration.ts'

/** A function was started without what its stack gives it. */
export class MissingEnvironment extends Error {
  override readonly name = 'MissingEnvironment'
}

/** The names of tables and the like that the stack gives a function, and nothing else. */
export type EnvironmentName =
  | 'PRICES_TABLE'
  | 'LEDGER_TABLE'
  | 'BUDGETS_TABLE'
  | 'FLAGS_TABLE'
  | 'ALERTS_TOPIC_ARN'
  | 'DEAD_LETTERS_BUCKET'

/**
 * The value of an environment variable that the stack sets.
 * @throws MissingEnvironment
 */
export function environment(name: EnvironmentName): string {
  const value = process.env[name]
  if (value === undefined || value === '') {
    throw new MissingEnvironment(`the environment variable ${name} is not set: deploy the function with its stack`)
  }
  return value
}

const ownResourcesSchema = z.strictObject({
  version: z.string().min(1),
  functions: z.array(z.strictObject({ name: z.string(), memoryMb: z.int().positive() })),
  tables: z.array(z.string()),
})

/**
 * What the deployment itself is made of, as far as it is metered: the JSON in TOLLGATE_OWN_RESOURCES.
 * @throws MissingEnvironment
 */
export function readOwnResources(json = process.env.TOLLGATE_OWN_RESOURCES): z.infer<typeof ownResourcesSchema> {
  if (json === undefined) throw new MissingEnvironment('TOLLGATE_OWN_RESOURCES is not set')
  const parsed = ownResourcesSchema.safeParse(JSON.parse(json))
  if (!parsed.success) throw new MissingEnvironment(`TOLLGATE_OWN_RESOURCES: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

/**
 * Tollgate's configuration: the JSON file that TOLLGATE_CONFIGURATION_FILE names (in AWS, in a Lambda layer).
 * @throws MissingEnvironment when there is no such file or it is not a configuration; the message names the key.
 */
export function readConfiguration(file = process.env.TOLLGATE_CONFIGURATION_FILE): Configuration {
  if (file === undefined) throw new MissingEnvironment('TOLLGATE_CONFIGURATION_FILE is not set')
  const parsed = configurationSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!parsed.success) throw new MissingEnvironment(`${file} is no configuration: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}
