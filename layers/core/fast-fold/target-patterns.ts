import { segmentPattern } from '../operation/path.ts'
import { hashOf, isSame, type Source, sourceOf } from './byte-table.ts'
import { createSlotCache, keepInSlot, numberInSlot, type SlotCache } from './slot-cache.ts'

/**
 * Patterns of URLs and paths (operation/path.ts), each under a number, told from the bytes. A pattern is a walk through a tree whose
 * steps are the patterns of the segments: two targets with the same number have the same pattern.
 */
export interface TargetPatterns {
  /** Node and segment pattern -> node. */
  readonly steps: Map<string, number>
  /** Of each node, the node that a generated segment leads to; 0 where there is none yet. */
  readonly dynamicStep: Int32Array
  /** Steps taken lately, by a hash of node and segment; a newer one takes the slot. */
  readonly slotNode: Int32Array
  readonly slotStep: Int32Array
  readonly slotLength: Uint8Array
  readonly slotBytes: Source
  /** Whole targets seen lately, and those that end in a number without it: the node, times two, and 1 where a query follows. */
  readonly walks: SlotCache
  size: number
}

const NODES_MAX = 2 ** 15
const SLOTS = 2 ** 13
const WALK_SLOTS = 2 ** 12
const WALK_BYTES_MAX = 64
/** operation/path.ts: a longer segment is generated, and what lies beyond so many characters of a target is not read. */
const SEGMENT_BYTES_MAX = 40
const TARGET_BYTES_MAX = 1024
const ROOT = 0

const SLASH = 0x2f
const QUESTION_MARK = 0x3f
const HASH_SIGN = 0x23
const DASH = 0x2d
const UUID_BYTES = 36
const HTTP = sourceOf(Buffer.from('http://'))
const HTTPS = sourceOf(Buffer.from('https://'))

export const createTargetPatterns = (): TargetPatterns => ({
  steps: new Map(),
  dynamicStep: new Int32Array(NODES_MAX),
  slotNode: new Int32Array(SLOTS).fill(-1),
  slotStep: new Int32Array(SLOTS),
  slotLength: new Uint8Array(SLOTS),
  slotBytes: sourceOf(Buffer.alloc(SLOTS * SEGMENT_BYTES_MAX)),
  walks: createSlotCache(WALK_SLOTS, WALK_BYTES_MAX),
  size: 1,
})

/**
 * The number of the pattern of the target in `source[start, end)`; -1 where it is neither a path nor an http URL, is too
 * long to tell, or there is no room for another pattern.
 */
export function patternAt(patterns: TargetPatterns, source: Source, start: number, end: number): number {
  const { bytes } = source
  if (end - start > TARGET_BYTES_MAX) return -1
  const path = bytes[start] === SLASH ? start : pathOfUrl(source, start, end)
  if (path < 0) return -1
  // most ids are numbers at the end: what stands before one repeats
  let last = end
  while (last > path && isDigit(bytes[last - 1] as number)) last -= 1
  const endsInNumber = last < end && bytes[last - 1] === SLASH && last > path
  const walk = walkOf(patterns, source, path, endsInNumber ? last : end)
  if (walk < 0) return -1
  return endsInNumber && (walk & HAS_QUERY) === 0 ? stepDynamic(patterns, walk >> 1) : walk >> 1
}

const HAS_QUERY = 1
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

function walkOf(patterns: TargetPatterns, source: Source, start: number, end: number): number {
  const { walks } = patterns
  const hash = hashOf(source, start, end)
  const known = numberInSlot(walks, source, start, end, hash)
  if (known >= 0) return known
  const walk = walkAlong(patterns, source, start, end)
  if (walk >= 0) keepInSlot(walks, source, start, end, hash, walk)
  return walk
}

function walkAlong(patterns: TargetPatterns, source: Source, start: number, end: number): number {
  const { bytes } = source
  let at = start
  let node = ROOT
  while (at < end) {
    const first = bytes[at] as number
    if (first === SLASH) {
      at += 1
      continue
    }
    if (first === QUESTION_MARK || first === HASH_SIGN) return (node << 1) | HAS_QUERY
    const segment = at
    let isNumber = true
    for (; at < end; at += 1) {
      const byte = bytes[at] as number
      if (byte === SLASH || byte === QUESTION_MARK || byte === HASH_SIGN) break
      if (!isDigit(byte)) isNumber = false
    }
    node =
      isNumber || at - segment > SEGMENT_BYTES_MAX || isUuidLike(bytes, segment, at)
        ? stepDynamic(patterns, node)
        : step(patterns, node, source, segment, at)
    if (node < 0) return -1
  }
  return node << 1
}

/** Four separators make five tokens, and those are no name: operation/path.ts. */
const isUuidLike = (bytes: Buffer, start: number, end: number): boolean =>
  end - start === UUID_BYTES &&
  bytes[start + 8] === DASH &&
  bytes[start + 13] === DASH &&
  bytes[start + 18] === DASH &&
  bytes[start + 23] === DASH

/** Where the path of an http URL begins, or what follows its host; -1 where it is none. */
function pathOfUrl(source: Source, start: number, end: number): number {
  const length = startsWith(source, start, end, HTTP) || startsWith(source, start, end, HTTPS)
  if (length === 0) return -1
  for (let at = start + length; at < end; at += 1) {
    const byte = source.bytes[at]
    if (byte === SLASH || byte === QUESTION_MARK || byte === HASH_SIGN) return at
  }
  return end
}

const startsWith = (source: Source, start: number, end: number, scheme: Source): number =>
  end - start >= scheme.bytes.length && isSame(scheme, 0, source, start, scheme.bytes.length) ? scheme.bytes.length : 0

function step(patterns: TargetPatterns, node: number, source: Source, start: number, end: number): number {
  const { slotNode, slotStep, slotLength, slotBytes } = patterns
  const slot = (hashOf(source, start, end) ^ Math.imul(node, 0x9e3779b1)) & (SLOTS - 1)
  const length = end - start
  const kept = slot * SEGMENT_BYTES_MAX
  if (slotNode[slot] === node && slotLength[slot] === length && isSame(slotBytes, kept, source, start, length)) {
    return slotStep[slot] as number
  }
  const pattern = segmentPattern(source.bytes.toString('utf8', start, end))
  const next = pattern === '*' ? stepDynamic(patterns, node) : stepTo(patterns, node, pattern)
  if (next < 0) return -1
  slotNode[slot] = node
  slotStep[slot] = next
  slotLength[slot] = length
  source.bytes.copy(slotBytes.bytes, kept, start, end)
  return next
}

function stepDynamic(patterns: TargetPatterns, node: number): number {
  const known = patterns.dynamicStep[node] as number
  if (known !== 0) return known
  const next = stepTo(patterns, node, '*')
  if (next > 0) patterns.dynamicStep[node] = next
  return next
}

function stepTo(patterns: TargetPatterns, node: number, pattern: string): number {
  const key = `${node} ${pattern}`
  const known = patterns.steps.get(key)
  if (known !== undefined) return known
  if (patterns.size >= NODES_MAX) return -1
  patterns.steps.set(key, patterns.size)
  patterns.size += 1
  return patterns.size - 1
}
