import { createLines, type Lines } from '../ledger/lines.ts'
import type { Resource } from '../otlp/span.ts'
import type { RatingContext } from '../rating/rating-context.ts'
import type { EpochMs } from '../time/instants.ts'
import { type ByteTable, createByteTable, viewOf } from './byte-table.ts'
import { KEY_ROLES } from './key-roles.ts'
import { createSignatureTable, type SignatureTable } from './signature-table.ts'
import { createSlotCache, type SlotCache } from './slot-cache.ts'
import type { SharedParts, SpanPlan } from './span-plan.ts'
import { createTargetPatterns, type TargetPatterns } from './target-patterns.ts'

/** Plans of (service, operation, ...): 500 services with 64 operations each are 32,000. */
export const PLANS_MAX = 2 ** 16
const NUMBERS_PER_SIGNATURE = 10
const VALUES_MAX = 2 ** 14
const BYTES_PER_VALUE = 96
export const VALUE_HINTS_BITS = 12
const SCOPES_MAX = 2 ** 10
const BYTES_PER_SCOPE = 128
/** A signature of more attributes than this is not looked for; target, name and tracestate may come on top. */
export const SIGNATURE_MAX = 48

/** What has been learnt from the spans before, and what is being read now. One object for all records: reading makes none. */
export interface Reader {
  readonly context: RatingContext

  /** Attributes, key and value, as bytes; of each its key, and whether the value is a text with something in it. */
  readonly values: ByteTable
  /** Where attributes end alike, the one of them that was seen last. */
  readonly valueHints: Uint16Array
  readonly valueKeys: Uint8Array
  readonly isText: Uint8Array
  readonly targets: TargetPatterns
  /** Numbers for `nameFacets` and `traceStateFacets`. */
  readonly facets: Map<string, number>
  readonly names: SlotCache
  readonly scopes: ByteTable
  readonly scopeFacts: Uint8Array
  readonly resources: SlotCache
  readonly resourceFacets: Map<string, number>
  /** Of each resource by its number: does its service pay for data transfer? */
  readonly paysForEgress: Uint8Array
  readonly signatures: SignatureTable
  readonly lines: Lines
  readonly shared: SharedParts
  /** Plans by the number of their signature; null: rate such spans one by one. */
  readonly plans: (SpanPlan | null)[]
  /** High halves (4.3 s) that lie in one minute, and that epoch minute. */
  readonly minuteHighs: Int32Array
  readonly minutes: Int32Array
  /** Something found no room: before the next record all that was learnt is forgotten. */
  isFull: boolean

  /** The record. */
  view: DataView
  recordTimestamp: EpochMs
  /** A span of it says what it costs. */
  hasDeclared: boolean
  /** High halves of a fixed64 of ns: a span that ended between these is near enough to the record's time. */
  nearHighMin: number
  nearHighMax: number
  /** The ResourceSpans, and its resource as the plain decoder reads it, once somebody asked. */
  resourceStart: number
  resourceEnd: number
  resource: Resource | undefined
  resourceId: number
  /** The scope, likewise. */
  scopeStart: number
  scopeEnd: number
  scopeName: string | undefined
  scopeFact: number

  /** The span: its number, so that a key knows whether it was there before, and what its attributes mean. */
  spanNumber: number
  readonly keySeenIn: Int32Array
  readonly signature: Int32Array
  length: number
  means: number
  facts: number
  /** It is one to be rated by itself. */
  isAlone: boolean
  targetRank: number
  targetStart: number
  targetEnd: number
  /** Epoch minute in which it ended, and its duration in ns. */
  endMinute: number
  /** Tokens in and out; 0: it says none. */
  inputTokens: number
  outputTokens: number
  readonly durationNs: Float64Array
}

/** A power of two. */
export const MINUTE_SLOTS = 2 ** 8
const NAME_SLOTS = 2 ** 12
const BYTES_PER_NAME = 128
const RESOURCE_SLOTS = 2 ** 11
const BYTES_PER_RESOURCE = 2048
export const FACETS_MAX = 2 ** 15
export const RESOURCES_MAX = 2 ** 14

export const createReader = (context: RatingContext): Reader => ({
  context,
  values: createByteTable(VALUES_MAX, BYTES_PER_VALUE),
  valueHints: new Uint16Array(2 ** VALUE_HINTS_BITS),
  valueKeys: new Uint8Array(VALUES_MAX),
  isText: new Uint8Array(VALUES_MAX),
  targets: createTargetPatterns(),
  facets: new Map(),
  names: createSlotCache(NAME_SLOTS, BYTES_PER_NAME),
  scopes: createByteTable(SCOPES_MAX, BYTES_PER_SCOPE),
  scopeFacts: new Uint8Array(SCOPES_MAX),
  resources: createSlotCache(RESOURCE_SLOTS, BYTES_PER_RESOURCE),
  resourceFacets: new Map(),
  paysForEgress: new Uint8Array(RESOURCES_MAX),
  signatures: createSignatureTable(PLANS_MAX, NUMBERS_PER_SIGNATURE),
  lines: createLines(),
  shared: new Map(),
  plans: [],
  isFull: false,
  view: viewOf(new Uint8Array()),
  recordTimestamp: 0 as EpochMs,
  hasDeclared: false,
  nearHighMin: 0,
  nearHighMax: 0,
  minuteHighs: new Int32Array(MINUTE_SLOTS),
  minutes: new Int32Array(MINUTE_SLOTS),
  resourceStart: 0,
  resourceEnd: 0,
  resource: undefined,
  resourceId: 0,
  scopeStart: 0,
  scopeEnd: 0,
  scopeName: undefined,
  scopeFact: 0,
  spanNumber: 0,
  keySeenIn: new Int32Array(KEY_ROLES.length),
  signature: new Int32Array(SIGNATURE_MAX + 3),
  length: 0,
  means: 0,
  facts: 0,
  isAlone: false,
  targetRank: 0,
  targetStart: 0,
  targetEnd: 0,
  endMinute: 0,
  inputTokens: 0,
  outputTokens: 0,
  durationNs: new Float64Array(1),
})
