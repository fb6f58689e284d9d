import * as z from 'zod'

/** What refresh-prices may be asked: `due` refreshes when a refresh is due, `now` in any case, `nothing` not at all. */
export type RefreshRequest = 'due' | 'now' | 'nothing'

/** This is no event of refresh-prices. */
export class UnknownRefreshEvent extends Error {
  override readonly name = 'UnknownRefreshEvent'
  constructor() {
    super('refresh-prices takes a scheduled event, a CloudFormation custom resource event, or {}')
  }
}

/** EventBridge rules and EventBridge Scheduler both name it so (EventBridge user guide, scheduled events). */
const scheduled = z.looseObject({ 'detail-type': z.literal('Scheduled Event') }).transform((): RefreshRequest => 'due')

/** CloudFormation's custom resource: prices are made before the first span, and are not unmade. */
const customResource = z
  .looseObject({ RequestType: z.enum(['Create', 'Update', 'Delete']) })
  .transform(({ RequestType }): RefreshRequest => (RequestType === 'Delete' ? 'nothing' : 'now'))

/** A direct call, by hand or by a CDK Trigger. */
const direct = z.union([z.null(), z.undefined(), z.strictObject({})]).transform((): RefreshRequest => 'now')

const eventSchema = z.union([scheduled, customResource, direct])

/** @throws UnknownRefreshEvent */
export function readRefreshEvent(event: unknown): RefreshRequest {
  const parsed = eventSchema.safeParse(event)
  if (!parsed.success) throw new UnknownRefreshEvent()
  return parsed.data
}
