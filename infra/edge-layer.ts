import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { AssetHashType, DockerImage, RemovalPolicy } from 'aws-cdk-lib'
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'

const EDGE = fileURLToPath(new URL('../layers/edge/', import.meta.url))
const BUILD = fileURLToPath(new URL('../scripts/build-edge.ts', import.meta.url))

/**
 * The edge as a Lambda layer, for the functions of other teams (docs/edge.md); nothing of Tollgate uses it. A version is kept
 * when a newer one is published: functions that name it can be updated as long as it is there.
 */
export function edgeLayer(scope: Construct, id: string, deployment: string): LayerVersion {
  return new LayerVersion(scope, id, {
    layerVersionName: `${deployment}-edge`,
    description: 'Tollgate: costs on the spans of a function, its flag honoured',
    code: Code.fromAsset(EDGE, { exclude: ['dist'], assetHashType: AssetHashType.OUTPUT, bundling }),
    compatibleRuntimes: [Runtime.NODEJS_22_X, Runtime.NODEJS_24_X],
    compatibleArchitectures: [Architecture.ARM_64, Architecture.X86_64],
    removalPolicy: RemovalPolicy.RETAIN,
  })
}

const bundling = {
  /** Never pulled: building here does not fail. */
  image: DockerImage.fromRegistry('public.ecr.aws/docker/library/node:24'),
  local: {
    tryBundle(out: string): boolean {
      execFileSync(process.execPath, [BUILD, '--layer', out], { stdio: 'inherit' })
      return true
    },
  },
}
