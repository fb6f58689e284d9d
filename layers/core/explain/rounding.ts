import type { Sku } from '../rating/usage.ts'

/** How each rater rounds what it counts, by the beginning of the SKU; see the raters (rating/raters) for the pages. */
const ROUNDINGS: readonly (readonly [prefix: string, rounding: string])[] = [
  ['aws/lambda/request', 'exact'],
  ['aws/lambda/', 'memory up to the MB, duration up to the millisecond'],
  ['aws/fargate/', "the task's size x duration / concurrency, to the nearest"],
  ['aws/dynamodb/stream-read', 'exact'],
  ['aws/dynamodb/', 'to the nearest tenth of a unit'],
  ['aws/sqs/', 'payload up to 64 KB; one request where no size is known'],
  ['aws/sns/', 'payload up to 64 KB; one request where no size is known'],
  ['aws/kinesis/', 'payload up to 25 KB; at least one unit a record'],
  ['aws/events/', 'payload up to 64 KB; at least one an event'],
  ['aws/apigateway/message', 'payload up to 32 KB; one message where no size is known'],
  ['edge/declared', 'half up to the picodollar'],
]

/** How the count of a SKU was rounded, in a few words; `exact` where it was not. */
export const roundingOf = (sku: Sku): string => ROUNDINGS.find(([prefix]) => sku.startsWith(prefix))?.[1] ?? 'exact'
