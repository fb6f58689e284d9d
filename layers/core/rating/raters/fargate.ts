import type { Attributes, AttributeValue, Span } from '../../otlp/span.ts'
import { skuIn } from '../../prices/sku.ts'
import { saidArchitecture } from '../architecture.ts'
import type { Charge } from '../charge.ts'
import type { Deployment, RatingContext } from '../rating-context.ts'
import { homeRegion } from '../region.ts'
import type { Usage } from '../usage.ts'

const NS_PER_MS = 1_000_000

/** vCPUs (0.25 to 16) and ECS CPU units (256 to 16,384) are both understood in `aws.ecs.task.cpu`. */
const CPU_UNITS_PER_VCPU = 1_024
const VCPU_MAX = 16
/** And MB (512 to 122,880) and bytes in `aws.ecs.task.memory`. */
const MEMORY_MAX_MB = 122_880
const BYTES_PER_MB = 1_048_576

/**
 * Amazon ECS on Fargate, one entry span. Source: https://aws.amazon.com/fargate/pricing/ (vCPU and GB by the second).
 *
 *   aws/fargate/vcpu-hour/<arch>    CPU units x duration ms / concurrency, to the nearest
 *   aws/fargate/gb-hour/<arch>      memory MB x duration ms / concurrency, to the nearest
 *
 * How a task's rate is shared among its spans: each entry span pays the whole task for its own duration, divided by the
 * number of entry spans that the task works on at a time, on average (`fargate.concurrency` of the configuration, else 1).
 * Idle time and the minimum of one minute a task belong to no span and are not charged. The size of the task is in
 * `rating.services[].fargate`, or in the resource attributes `aws.ecs.task.cpu` and `aws.ecs.task.memory`, which no detector
 * sets: put them into OTEL_RESOURCE_ATTRIBUTES. Without either the span is unmetered.
 */
export function rateFargate(span: Span, context: RatingContext, deployment: Deployment | undefined): Charge {
  const resource = span.resource.attributes
  const cpuUnits = cpuUnitsOf(resource) ?? deployment?.fargate?.cpuUnits
  const memoryMb = memoryOf(resource) ?? deployment?.fargate?.memoryMb
  const concurrency = deployment?.fargate?.concurrency ?? 1
  const stated = homeRegion(resource)
  const said = saidArchitecture(resource) ?? deployment?.architecture
  const region = stated ?? context.settings.region
  const architecture = said ?? 'x86_64'

  const usage: Usage[] = []
  const unmetered: string[] = []
  if (cpuUnits === undefined) unmetered.push('aws.ecs.task.cpu')
  else
    usage.push({
      sku: skuIn(`aws/fargate/vcpu-hour/${architecture}`, region),
      quantity: share(cpuUnits, span, concurrency),
    })
  if (memoryMb === undefined) unmetered.push('aws.ecs.task.memory')
  else
    usage.push({
      sku: skuIn(`aws/fargate/gb-hour/${architecture}`, region),
      quantity: share(memoryMb, span, concurrency),
    })
  if (usage.length === 0) return { rule: 'entry', usage, unmetered, assumed: [] }
  const assumed = [`fargate.concurrency=${concurrency}`]
  if (stated === undefined) assumed.push(`region=${region}`)
  if (said === undefined) assumed.push(`fargate.architecture=${architecture}`)
  return { rule: 'entry', usage, unmetered, assumed }
}

function cpuUnitsOf(resource: Attributes): number | undefined {
  const said = numberOf(resource['aws.ecs.task.cpu'])
  const units = Math.round(said > 0 && said <= VCPU_MAX ? said * CPU_UNITS_PER_VCPU : said)
  return units >= 1 && units <= VCPU_MAX * CPU_UNITS_PER_VCPU ? units : undefined
}

function memoryOf(resource: Attributes): number | undefined {
  const said = numberOf(resource['aws.ecs.task.memory'])
  const mb = Math.ceil(said <= MEMORY_MAX_MB ? said : said / BYTES_PER_MB)
  return mb >= 1 && mb <= MEMORY_MAX_MB ? mb : undefined
}

/** A number, or a string that is one: OTEL_RESOURCE_ATTRIBUTES knows strings only. NaN for all else. */
const numberOf = (value: AttributeValue | undefined): number =>
  typeof value === 'number' || (typeof value === 'string' && value !== '') ? Number(value) : Number.NaN

/** Size x milliseconds / concurrency, to the nearest; whole milliseconds apart, so that long spans stay exact. */
function share(size: number, span: Span, concurrency: number): number {
  const wholeMs = Math.floor(span.durationNs / NS_PER_MS)
  const restNs = span.durationNs % NS_PER_MS
  return Math.round((size * wholeMs + (size * restNs) / NS_PER_MS) / concurrency)
}
