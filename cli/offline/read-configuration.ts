import * as z from 'zod'
import { type Configuration, configurationSchema, type Rate, rateSchema } from '../../layers/core/configuration.ts'
import { readJson, UnusableFile } from './read-json.ts'

/** Where `cdk.json` keeps Tollgate's configuration. */
const cdkSchema = z.object({ context: z.object({ tollgate: z.unknown() }) })
const ratesSchema = z.array(rateSchema).max(1000)
const withRatesSchema = z.object({ rates: ratesSchema })

/**
 * Reads a configuration: the JSON itself, or a `cdk.json` that holds it.
 * @throws UnusableFile
 */
export async function readConfigurationFile(file: string): Promise<Configuration> {
  const json = await readJson(file)
  const cdk = cdkSchema.safeParse(json)
  return parsed(configurationSchema, cdk.success ? cdk.data.context.tollgate : json, file, 'configuration')
}

/**
 * Reads own rates: a JSON list of `{service, operation?, usdPerMs}`, or an object that has one under `rates`.
 * @throws UnusableFile
 */
export async function readRatesFile(file: string): Promise<readonly Rate[]> {
  const json = await readJson(file)
  if (Array.isArray(json)) return parsed(ratesSchema, json, file, 'list of rates')
  return parsed(withRatesSchema, json, file, 'list of rates').rates
}

function parsed<T>(schema: z.ZodType<T>, json: unknown, file: string, what: string): T {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  throw new UnusableFile(file, `it is no ${what}:\n${z.prettifyError(result.error)}`)
}
