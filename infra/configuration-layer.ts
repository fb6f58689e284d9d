import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import type { Configuration } from '../layers/core/configuration.ts'

/** Where functions find the configuration: a layer is unpacked under /opt. */
export const CONFIGURATION_FILE = '/opt/tollgate/configuration.json'

/** The configuration as a layer: a changed budget is a new layer version, and no function's code changes. */
export function configurationLayer(scope: Construct, id: string, configuration: Configuration): LayerVersion {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-configuration-'))
  try {
    mkdirSync(join(folder, 'tollgate'))
    writeFileSync(join(folder, 'tollgate', 'configuration.json'), `${JSON.stringify(configuration, null, 2)}\n`)
    return new LayerVersion(scope, id, {
      layerVersionName: `${configuration.name}-configuration`,
      description: 'Tollgate: the configuration of cdk.json, all defaults filled in',
      code: Code.fromAsset(folder),
      compatibleRuntimes: [Runtime.NODEJS_24_X],
      compatibleArchitectures: [Architecture.ARM_64],
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
