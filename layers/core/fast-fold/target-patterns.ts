import { segmentPattern } from '../operation/path.ts'
import { bytesOf, hashOf, isSame, tailOf, viewOf } from './byte-table.ts'
import { createSlotCache, isInSlot, keepInSlot, numberInSlot, type SlotCache, slotOf } from './slot-cache.ts'

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
  readonly slotBytes: DataView
  /** Whole targets seen lately, and those that end in a number without it: the node, times two, and 1 where a query follows. */
  readonly walks: SlotCache
  /** Where targets end alike, the slot of the one that was seen last. */
  readonly walkHints: Uint16Array
  size: number
}

const NODES_MAX = 2 ** 15
const SLOTS = 2 ** 13
const WALK_SLOTS = 2 ** 12
const WALK_HINTS_BITS = 12
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
const HTTP = viewOf(Buffer.from('http://'))
const HTTPS = viewOf(Buffer.from('https://'))

export const createTargetPatterns = (): TargetPatterns => ({
  steps: new Map(),
  dynamicStep: new Int32Array(NODES_MAX),
  slotNode: new Int32Array(SLOTS).fill(-1),
  slotStep: new Int32Array(SLOTS),
  slotLength: new Uint8Array(SLOTS),
  slotBytes: new DataView(new ArrayBuffer(SLOTS * SEGMENT_BYTES_MAX)),
  walks: createSlotCache(WALK_SLOTS, WALK_BYTES_MAX),
  walkHints: new Uint16Array(2 ** WALK_HINTS_BITS),
  size: 1,
})

/**
 * The number of the pattern of the target in `[start, end)`; -1 where it is neither a path nor an http URL, is too
 * long to tell, or there is no room for another pattern.
 */
export function patternAt(patterns: TargetPatterns, view: DataView, start: number, end: number): number {
  if (end - start > TARGET_BYTES_MAX) return -1
  const path = view.getUint8(start) === SLASH ? start : pathOfUrl(view, start, end)
  if (path < 0) return -1
  // most ids are numbers at the end: what stands before one repeats
  let last = end
  while (last > path && isDigit(view.getUint8(last - 1))) last -= 1
  const endsInNumber = last < end && view.getUint8(last - 1) === SLASH && last > path
  const walk = walkOf(patterns, view, path, endsInNumber ? last : end)
  if (walk < 0) return -1
  return endsInNumber && (walk & HAS_QUERY) === 0 ? stepDynamic(patterns, walk >> 1) : walk >> 1
}

/** Is there no room for another pattern? */
export const isFullOfPatterns = ({ size }: TargetPatterns): boolean => size >= NODES_MAX

const HAS_QUERY = 1
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

function walkOf(patterns: TargetPatterns, view: DataView, start: number, end: number): number {
  const { walks, walkHints } = patterns
  const hint = tailOf(view, start, end, WALK_HINTS_BITS)
  const hinted = walkHints[hint] as number
  if (isInSlot(walks, hinted, view, start, end)) return walks.numbers[hinted] as number
  const hash = hashOf(view, start, end)
  walkHints[hint] = slotOf(walks, hash)
  const known = numberInSlot(walks, view, start, end, hash)
  if (known >= 0) return known
  const walk = walkAlong(patterns, view, start, end)
  if (walk >= 0) keepInSlot(walks, view, start, end, hash, walk)
  return walk
}

function walkAlong(patterns: TargetPatterns, view: DataView, start: number, end: number): number {
  let at = start
  let node = ROOT
  while (at < end) {
    const first = view.getUint8(at)
    if (first === SLASH) {
      at += 1
      continue
    }
    if (first === QUESTION_MARK || first === HASH_SIGN) return (node << 1) | HAS_QUERY
    const segment = at
    let isNumber = true
    for (; at < end; at += 1) {
      const byte = view.getUint8(at)
      if (byte === SLASH || byte === QUESTION_MARK || byte === HASH_SIGN) break
      if (!isDigit(byte)) isNumber = false
    }
    node =
      isNumber || at - segment > SEGMENT_BYTES_MAX || isUuidLike(view, segment, at)
        ? stepDynamic(patterns, node)
        : step(patterns, node, view, segment, at)
    if (node < 0) return -1
  }
  return node << 1
}

/** Four separators make five tokens, and those are no name: operation/path.ts. */
const isUuidLike = (view: DataView, start: number, end: number): boolean =>
  end - start === UUID_BYTES &&
  view.getUint8(start + 8) === DASH &&
  view.getUint8(start + 13) === DASH &&
  view.getUint8(start + 18) === DASH &&
  view.getUint8(start + 23) === DASH

/** Where the path of an http URL begins, or what follows its host; -1 where it is none. */
function pathOfUrl(view: DataView, start: number, end: number): number {
  const length = startsWith(view, start, end, HTTP) || startsWith(view, start, end, HTTPS)
  if (length === 0) return -1
  for (let at = start + length; at < end; at += 1) {
    const byte = view.getUint8(at)
    if (byte === SLASH || byte === QUESTION_MARK || byte === HASH_SIGN) return at
  }
  return end
}

const startsWith = (view: DataView, start: number, end: number, scheme: DataView): number =>
  end - start >= scheme.byteLength && isSame(scheme, 0, view, start, scheme.byteLength) ? scheme.byteLength : 0

function step(patterns: TargetPatterns, node: number, view: DataView, start: number, end: number): number {
  const { slotNode, slotStep, slotLength, slotBytes } = patterns
  const slot = (hashOf(view, start, end) ^ Math.imul(node, 0x9e3779b1)) & (SLOTS - 1)
  const length = end - start
  const kept = slot * SEGMENT_BYTES_MAX
  if (slotNode[slot] === node && slotLength[slot] === length && isSame(slotBytes, kept, view, start, length)) {
    return slotStep[slot] as number
  }
  const pattern = segmentPattern(bytesOf(view).toString('utf8', start, end))
  const next = pattern === '*' ? stepDynamic(patterns, node) : stepTo(patterns, node, pattern)
  if (next < 0) return -1
  slotNode[slot] = node
  slotStep[slot] = next
  slotLength[slot] = length
  bytesOf(view).copy(bytesOf(slotBytes), kept, start, end)
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
