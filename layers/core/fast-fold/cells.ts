import { addSpans, type Fold } from '../ledger/fold.ts'
import { addSpan } from '../ledger/fold-record.ts'
import type { Span } from '../otlp/span.ts'
import type { RatedSpan } from '../rating/usage.ts'
import { type EpochMs, MS_PER_MINUTE } from '../time/instants.ts'
import type { Reader } from './reader.ts'
import type { SpanPlan, Term } from './span-plan.ts'

/**
 * The spans of one record, added up: a cell holds those of one plan and minute, or one span that was rated by itself. In the
 * order of their first spans, because the fold's bounds go by who comes first.
 */
export interface Cells {
  /** Goes up with each record, so that what plans know of another record is not taken for this one's. */
  record: number
  size: number
  /** Of each cell; undefined where it is a span that was rated by itself. Not emptied: those beyond `size` are of another record. */
  readonly plans: (SpanPlan | undefined)[]
  readonly alone: Map<number, RatedAlone>
  /** Epoch minutes. */
  readonly minutes: Int32Array
  readonly spans: Int32Array
  readonly durationNs: Float64Array
  readonly begunMs: Float64Array
  readonly inputTokens: Float64Array
  readonly outputTokens: Float64Array
  /** The next cell of the same plan; -1 where it is the last. */
  readonly next: Int32Array
}

interface RatedAlone {
  readonly span: Span
  readonly rated: RatedSpan
}

/** More spans than an event holds; a record that is unpacked to more is one for the plain decoder. */
export const CELLS_MAX = 2 ** 17

/** A record seldom has more minutes; where a stranger's has, some get a second cell, and the fold joins them. */
const STEPS_MAX = 8

export const createCells = (): Cells => ({
  record: 0,
  size: 0,
  plans: [],
  alone: new Map(),
  minutes: new Int32Array(CELLS_MAX),
  spans: new Int32Array(CELLS_MAX),
  durationNs: new Float64Array(CELLS_MAX),
  begunMs: new Float64Array(CELLS_MAX),
  inputTokens: new Float64Array(CELLS_MAX),
  outputTokens: new Float64Array(CELLS_MAX),
  next: new Int32Array(CELLS_MAX),
})

export function startRecord(cells: Cells): void {
  cells.record += 1
  cells.size = 0
  if (cells.alone.size > 0) cells.alone.clear()
}

/** Adds the span that was read. */
export function addToCell(cells: Cells, plan: SpanPlan, reader: Reader): void {
  const minute = reader.endMinute
  const durationNs = reader.durationNs[0] as number
  const begunMs = durationNs <= 1_000_000 ? 1 : Math.ceil(durationNs / 1_000_000)
  const { minutes, durationNs: durations, begunMs: begun } = cells
  const newest = plan.record === cells.record ? plan.cell : -1
  for (let cell = newest, steps = 0; cell >= 0 && steps < STEPS_MAX; cell = cells.next[cell] as number, steps += 1) {
    const total = (durations[cell] as number) + durationNs
    // beyond it a sum would not be exact: such spans start another cell
    if (minutes[cell] !== minute || total > Number.MAX_SAFE_INTEGER) continue
    cells.spans[cell] = (cells.spans[cell] as number) + 1
    durations[cell] = total
    begun[cell] = (begun[cell] as number) + begunMs
    if (reader.inputTokens + reader.outputTokens > 0) addTokens(cells, cell, reader)
    return
  }
  const cell = cells.size
  cells.size += 1
  cells.plans[cell] = plan
  minutes[cell] = minute
  cells.spans[cell] = 1
  durations[cell] = durationNs
  begun[cell] = begunMs
  cells.inputTokens[cell] = reader.inputTokens
  cells.outputTokens[cell] = reader.outputTokens
  cells.next[cell] = newest
  plan.record = cells.record
  plan.cell = cell
}

/** So few a span that no sum of them is beyond what is exact. */
function addTokens({ inputTokens, outputTokens }: Cells, cell: number, reader: Reader): void {
  inputTokens[cell] = (inputTokens[cell] as number) + reader.inputTokens
  outputTokens[cell] = (outputTokens[cell] as number) + reader.outputTokens
}

/** Adds a span that was rated by itself. */
export function addAlone(cells: Cells, span: Span, rated: RatedSpan): void {
  cells.plans[cells.size] = undefined
  cells.alone.set(cells.size, { span, rated })
  cells.size += 1
}

/** Adds all of it to a fold. */
export function foldCells(cells: Cells, fold: Fold): void {
  for (let cell = 0; cell < cells.size; cell += 1) {
    const plan = cells.plans[cell]
    if (plan === undefined) {
      const { span, rated } = cells.alone.get(cell) as RatedAlone
      addSpan(fold, span, rated)
      continue
    }
    const endMs = ((cells.minutes[cell] as number) * MS_PER_MINUTE) as EpochMs
    const quantities = plan.terms.map((term) => quantityOf(term, cells, cell))
    addSpans(fold, plan.source, endMs, plan.rated, cells.spans[cell] as number, quantities)
  }
}

function quantityOf(term: Term, cells: Cells, cell: number): bigint {
  switch (term.per) {
    case 'span':
      return product(term.quantity, cells.spans[cell] as number)
    case 'begun-ms':
      return product(term.quantity, cells.begunMs[cell] as number)
    case 'ns':
      return BigInt(cells.durationNs[cell] as number)
    case 'input-token':
      return BigInt(cells.inputTokens[cell] as number)
    case 'output-token':
      return BigInt(cells.outputTokens[cell] as number)
  }
}

/** Of two safe integers, exactly. */
function product(a: number, b: number): bigint {
  const rounded = a * b
  return rounded <= Number.MAX_SAFE_INTEGER ? BigInt(rounded) : BigInt(a) * BigInt(b)
}
