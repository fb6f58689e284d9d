import type { Attributes, Span } from '../../otlp/span.ts'
import { skuIn } from '../../prices/sku.ts'
import { saidArchitecture } from '../architecture.ts'
import { statedCount } from '../attribute.ts'
import type { Charge } from '../charge.ts'
import type { Deployment, RatingContext } from '../rating-context.ts'
import { homeRegion } from '../region.ts'
import type { Usage } from '../usage.ts'

const BYTES_PER_MB = 1_048_576
/** Lambda quotas: a function has 128 to 10,240 MB. So a smaller number in `faas.max_memory` is bytes never, and MB (older detectors) always. */
const MEMORY_MIN_MB = 128
const MEMORY_MAX_MB = 10_240
const FREE_STORAGE_MB = 512
const NS_PER_MS = 1_000_000

/**
 * AWS Lambda, one invocation. Source: https://aws.amazon.com/lambda/pricing/ (duration is rounded up to the next
 * millisecond, priced by the memory that the function has; requests, storage above 512 MB and provisioned concurrency apart).
 *
 *   aws/lambda/request                          1
 *   aws/lambda/gb-second/<arch>                 memory MB x duration ms, rounded up
 *   aws/lambda/provisioned-gb-second/<arch>     instead, on provisioned concurrency
 *   aws/lambda/storage-gb-second/<arch>         (storage MB - 512) x duration ms
 *
 * Not in a span, so not here: INIT (billed since August 2025), the standing charge of provisioned concurrency, response streaming.
 */
export function rateLambda(span: Span, context: RatingContext, deployment: Deployment | undefined): Charge {
  const resource = span.resource.attributes
  const stated = homeRegion(resource)
  const region = stated ?? context.settings.region
  const architecture = architectureOf(resource, context, deployment)
  const memoryMb = memoryOf(resource, span.attributes)
  const ms = Math.max(1, Math.ceil(span.durationNs / NS_PER_MS))

  const usage: Usage[] = [{ sku: skuIn('aws/lambda/request', region), quantity: 1 }]
  const unmetered: string[] = []
  const assumed: string[] = stated === undefined ? [`region=${region}`] : []
  if (architecture?.isAssumed) assumed.push(`lambda.architecture=${architecture.name}`)
  if (memoryMb === undefined) unmetered.push('faas.max_memory')
  if (architecture === undefined) unmetered.push('host.arch')
  if (memoryMb !== undefined && architecture !== undefined) {
    const meter = deployment?.provisionedConcurrency ? 'provisioned-gb-second' : 'gb-second'
    usage.push({ sku: skuIn(`aws/lambda/${meter}/${architecture.name}`, region), quantity: memoryMb * ms })
  }
  const extraStorageMb = (deployment?.ephemeralStorageMb ?? FREE_STORAGE_MB) - FREE_STORAGE_MB
  if (extraStorageMb > 0 && architecture !== undefined) {
    usage.push({
      sku: skuIn(`aws/lambda/storage-gb-second/${architecture.name}`, region),
      quantity: extraStorageMb * ms,
    })
  }
  return { rule: 'entry', usage, unmetered, assumed }
}

/** MB; undefined where it is not said, or no function can have it. */
function memoryOf(resource: Attributes, attributes: Attributes): number | undefined {
  const said = statedCount(resource['faas.max_memory']) ?? statedCount(attributes['faas.max_memory'])
  if (said === undefined) return undefined
  const mb = said <= MEMORY_MAX_MB ? said : Math.ceil(said / BYTES_PER_MB)
  return mb >= MEMORY_MIN_MB && mb <= MEMORY_MAX_MB ? mb : undefined
}

function architectureOf(resource: Attributes, context: RatingContext, deployment: Deployment | undefined) {
  const said = saidArchitecture(resource) ?? deployment?.architecture
  if (said !== undefined) return { name: said, isAssumed: false }
  const assumed = context.settings.assume.lambdaArchitecture
  return assumed === null ? undefined : { name: assumed, isAssumed: true }
}
