import { attributeText } from '../identity/attribute-text.ts'
import type { AttributeValue, Resource } from '../otlp/span.ts'
import { saidArchitecture } from './architecture.ts'
import { isFargate, isLambda } from './entry-span.ts'
import { homeRegion } from './region.ts'

/**
 * All that rating and folding read from a resource, as one text: resources with the same facets are rated and booked alike. The pods
 * and tasks of one deployment have the same.
 */
export function resourceFacets({ service, commit, attributes }: Resource): string {
  return JSON.stringify([
    service,
    commit,
    isLambda(attributes),
    isFargate(attributes),
    homeRegion(attributes),
    saidArchitecture(attributes),
    typed(attributes['faas.max_memory']),
    typed(attributes['aws.ecs.task.cpu']),
    typed(attributes['aws.ecs.task.memory']),
  ])
}

const typed = (value: AttributeValue | undefined): string => `${typeof value} ${attributeText(value)}`
