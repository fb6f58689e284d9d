import { type Configuration, configurationSchema } from '../layers/core/configuration.ts'
import { SNAPSHOT_REGIONS } from '../layers/core/prices/snapshot/snapshot-prices.ts'
import { readConfigurationFile } from './offline/read-configuration.ts'

/**
 * The configuration of a local system: a file's, or Tollgate's defaults with the prices of every region that the bundled
 * snapshot has. Throws what reading the file throws.
 */
export async function localConfiguration(file: string | undefined): Promise<Configuration> {
  if (file !== undefined) return readConfigurationFile(file)
  return configurationSchema.parse({ pricedRegions: [...SNAPSHOT_REGIONS] })
}
