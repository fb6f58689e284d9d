import { addSpans } from '../ledger/fold.ts'
import { addSpan } from '../ledger/fold-record.ts'
import type { Fold } from '../ledger/fold-rows.ts'
import { times, type WholeNumber } from '../money/whole-number.ts'
import type { Span } from '../otlp/span.ts'
import type { RatedSpan } from '../rating/usage.ts'
import { type EpochMs, MS_PER_MINUTE } from '../time/instants.ts'
import { PLANS_MAX, type Reader } from './reader.ts'
import type { SpanPlan, Term } from './span-plan.ts'

/**
 * The spans of one record, added up: a cell holds those of one plan and minute, or one span that was rated by itself. In the
 * order of their first spans, because the fold's bounds go by who comes first.
 */
export interface Cells {
  size: number
  /** Of each cell the number of its plan; -1: it is a span that was rated by itself. */
  readonly plans: Int32Array
  /** Of each plan its newest cell; -1: it has none. */
  readonly newest: Int32Array
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
  size: 0,
  plans: new Int32Array(CELLS_MAX),
  newest: new Int32Array(PLANS_MAX).fill(-1),
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
  const { plans, newest } = cells
  for (let cell = 0; cell < cells.size; cell += 1) if (plans[cell] !== -1) newest[plans[cell] as number] = -1
  cells.size = 0
  if (cells.alone.size > 0) cells.alone.clear()
}

/** Adds the span that was read. */
export function addToCell(cells: Cells, plan: number, reader: Reader): void {
  const minute = reader.endMinute
  const durationNs = reader.durationNs[0] as number
  const begunMs = durationNs <= 1_000_000 ? 1 : Math.ceil(durationNs / 1_000_000)
  const { minutes, durationNs: durations, begunMs: begun } = cells
  const newest = cells.newest[plan] as number
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
  cells.newest[plan] = cell
}

/** So few a span that no sum of them is beyond what is exact. */
function addTokens({ inputTokens, outputTokens }: Cells, cell: number, reader: Reader): void {
  inputTokens[cell] = (inputTokens[cell] as number) + reader.inputTokens
  outputTokens[cell] = (outputTokens[cell] as number) + reader.outputTokens
}

/** Adds a span that was rated by itself. */
export function addAlone(cells: Cells, span: Span, rated: RatedSpan): void {
  cells.plans[cells.size] = -1
  cells.alone.set(cells.size, { span, rated })
  cells.size += 1
}

/** Adds all of it to a fold; `plans` by their numbers. */
export function foldCells(cells: Cells, plans: readonly (SpanPlan | null)[], fold: Fold): void {
  for (let cell = 0; cell < cells.size; cell += 1) {
    const number = cells.plans[cell] as number
    const plan = number < 0 ? undefined : plans[number]
    if (plan === undefined || plan === null) {
      const { span, rated } = cells.alone.get(cell) as RatedAlone
      addSpan(fold, span, rated)
      continue
    }
    const endMs = ((cells.minutes[cell] as number) * MS_PER_MINUTE) as EpochMs
    const { rated, terms } = plan.like
    addSpans(fold, plan.line, endMs, rated, cells.spans[cell] as number, quantitiesOf(terms, cells, cell))
  }
}

function quantitiesOf(terms: readonly Term[], cells: Cells, cell: number): WholeNumber[] {
  const quantities = new Array<WholeNumber>(terms.length)
  for (let place = 0; place < terms.length; place += 1)
    quantities[place] = quantityOf(terms[place] as Term, cells, cell)
  return quantities
}

function quantityOf(term: Term, cells: Cells, cell: number): WholeNumber {
  switch (term.per) {
    case 'span':
      return times(term.quantity, cells.spans[cell] as number)
    case 'begun-ms':
      return times(term.quantity, cells.begunMs[cell] as number)
    case 'ns':
      return cells.durationNs[cell] as number
    case 'input-token':
      return cells.inputTokens[cell] as number
    case 'output-token':
      return cells.outputTokens[cell] as number
  }
}
