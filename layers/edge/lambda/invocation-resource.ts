import { detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources'

const BYTES_PER_MIB = 1_048_576
/** `host.arch` of the semantic conventions, by `process.arch`. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/**
 * The resource of a Lambda function (OpenTelemetry semantic conventions, FaaS and cloud), from the variables that Lambda defines. What
 * `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say stands above it.
 */
export function invocationResource(
  environment: Readonly<Record<string, string | undefined>>,
  architecture: string,
): Resource {
  const name = environment.AWS_LAMBDA_FUNCTION_NAME ?? 'unknown'
  const said = resourceFromAttributes({
    'service.name': name,
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_lambda',
    'cloud.region': environment.AWS_REGION,
    'faas.name': name,
    'faas.version': environment.AWS_LAMBDA_FUNCTION_VERSION,
    'faas.instance': environment.AWS_LAMBDA_LOG_STREAM_NAME,
    'faas.max_memory': Number(environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE) * BYTES_PER_MIB,
    'host.arch': ARCHITECTURES[architecture],
  })
  return said.merge(detectResources({ detectors: [envDetector] }))
}
