import { readName, readResource } from '../otlp/protobuf.ts'
import type { Resource } from '../otlp/span.ts'
import { isWrapper } from '../rating/model-provider.ts'
import { resourceFacets } from '../rating/resource-facets.ts'
import { addBytes, bytesOf, findBytes, hashOf } from './byte-table.ts'
import { RESOURCES_MAX, type Reader } from './reader.ts'
import { keepInSlot, numberInSlot } from './slot-cache.ts'

/**
 * Begins a ResourceSpans in `[start, end)` whose only resource field stands in `[from, to)`. False where there is no room for
 * another resource. Throws Refused.
 */
export function startResource(reader: Reader, start: number, end: number, from: number, to: number): boolean {
  reader.resourceStart = start
  reader.resourceEnd = end
  reader.resource = undefined
  const hash = hashOf(reader.view, from, to)
  const known = numberInSlot(reader.resources, reader.view, from, to, hash)
  reader.resourceId = known >= 0 ? known : resourceNumber(reader)
  if (reader.resourceId < 0) return false
  if (known < 0) keepInSlot(reader.resources, reader.view, from, to, hash, reader.resourceId)
  return true
}

/** The resource that is being read, as the plain decoder has it. */
export function currentResource(reader: Reader): Resource {
  const cursor = { bytes: bytesOf(reader.view), at: reader.resourceStart }
  reader.resource ??= readResource(cursor, reader.resourceEnd)
  return reader.resource
}

function resourceNumber(reader: Reader): number {
  const resource = currentResource(reader)
  const facets = resourceFacets(resource)
  const known = reader.resourceFacets.get(facets)
  if (known !== undefined) return known
  const id = reader.resourceFacets.size
  if (id >= RESOURCES_MAX) {
    reader.isFull = true
    return -1
  }
  reader.resourceFacets.set(facets, id)
  reader.paysForEgress[id] = reader.context.rulesOf(resource.service).deployment?.internetEgress ? 1 : 0
  return id
}

/** Begins a ScopeSpans whose only scope, if it has one, stands in `[start, end)`. Throws Refused. */
export function startScope(reader: Reader, start: number, end: number): void {
  reader.scopeStart = start
  reader.scopeEnd = end
  reader.scopeName = undefined
  const hash = hashOf(reader.view, start, end)
  const known = findBytes(reader.scopes, reader.view, start, end, hash)
  if (known >= 0) {
    reader.scopeFact = reader.scopeFacts[known] as number
    return
  }
  const name = currentScopeName(reader)
  reader.scopeFact = (isWrapper(name) ? 1 : 0) | (reader.context.modelCallScopes.has(name) ? 2 : 0)
  const id = addBytes(reader.scopes, reader.view, start, end, hash)
  if (id >= 0) reader.scopeFacts[id] = reader.scopeFact
}

/** The name of the scope that is being read, as the plain decoder has it. Throws Refused. */
export function currentScopeName(reader: Reader): string {
  reader.scopeName ??= readName({ bytes: bytesOf(reader.view), at: reader.scopeStart }, reader.scopeEnd, '')
  return reader.scopeName
}
