import { memoize } from '../operation/memoize.ts'
import type { Attributes, Span } from '../otlp/span.ts'
import { textOf } from './attribute.ts'

const REGION = /^[a-z]{2}(?:-[a-z]+){1,3}-\d{1,2}$/
const REMEMBERED = 500

/** The region that a call went to; undefined where neither it nor its resource names one. */
export const callRegion = (span: Span): string | undefined =>
  legal(textOf(span.attributes, 'cloud.region', 'aws.region')) ?? homeRegion(span.resource.attributes)

/** The region that a resource runs in: `cloud.region`, else the one in its ARN. */
export const homeRegion = (resource: Attributes): string | undefined =>
  legal(textOf(resource, 'cloud.region')) ?? inArn(textOf(resource, 'cloud.resource_id', 'faas.id', 'aws.ecs.task.arn'))

const check = memoize((region) => (REGION.test(region) ? region : ''), REMEMBERED)
const legal = (region: string | undefined): string | undefined =>
  region === undefined ? undefined : check(region) || undefined

const arnRegion = memoize((arn) => (arn.startsWith('arn:') ? check(arn.split(':', 4)[3] ?? '') : ''), REMEMBERED)
const inArn = (arn: string | undefined): string | undefined =>
  arn === undefined ? undefined : arnRegion(arn) || undefined
