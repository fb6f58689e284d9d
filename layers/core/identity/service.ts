import type { Attributes } from '../otlp/span.ts'
import { attributeText } from './attribute-text.ts'
import { cleanName } from './clean-name.ts'

/** Characters that one part of an identity may have. */
const IDENTITY_PART_MAX = 100

/** Three parts and two slashes. */
export const SERVICE_MAX = 3 * IDENTITY_PART_MAX + 2

/** What OpenTelemetry's resource specification calls a service that does not say its name. */
const UNKNOWN_SERVICE = 'unknown_service'

export interface ServiceIdentity {
  /** `prod/shop/checkout`: environment, namespace and name, those that are set. */
  readonly service: string
  /** `prod`, or '' where none is set. */
  readonly environment: string
}

/**
 * Who a resource's spans belong to. The environment stands in front, so that staging's load test never throttles
 * production. Attribute names: semantic-conventions 1.45, deployment and service registries.
 */
export function serviceIdentity(attributes: Attributes): ServiceIdentity {
  const environment = front(attributes['deployment.environment.name']) || front(attributes['deployment.environment'])
  const namespace = front(attributes['service.namespace'])
  const name = part(attributes['service.name']) || UNKNOWN_SERVICE
  return { service: [environment, namespace, name].filter((each) => each !== '').join('/'), environment }
}

/**
 * What stands before the first slash of an identity, '' where there is none. Where no environment is set this is the
 * namespace: what belongs together by name is then counted together, and whoever writes and reads finds the same.
 */
export function environmentOf(service: string): string {
  const slash = service.indexOf('/')
  return slash === -1 ? '' : service.slice(0, slash)
}

/** A part that another follows: a slash of its own would make it two. */
const front = (value: Attributes[string]): string => part(value).replaceAll('/', '_')

const part = (value: Attributes[string]): string => cleanName(attributeText(value), IDENTITY_PART_MAX)
