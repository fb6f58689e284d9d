import { type CounterKey, operationCounter } from './counters.ts'

/** Whose spans: the service and the commit of their resource. */
export interface SpanSource {
  readonly service: string
  readonly commit: string
}

/** What spans are added up under: an operation of a service at a commit. */
export interface Line {
  /** One object for all lines of a source. */
  readonly source: SpanSource
  readonly operation: string
  readonly counter: CounterKey
  /** The row that was last added to under it, and where in that row (fold.ts). */
  row: number
  place: number
}

/** One object for equal lines, so that a fold finds their totals at once. Nothing is forgotten: who keeps them bounds their number. */
export interface Lines {
  readonly sources: Map<string, SpanSource>
  readonly lines: Map<string, Line>
  /** Rows that were begun for them. */
  rows: number
}

export const createLines = (): Lines => ({ sources: new Map(), lines: new Map(), rows: 0 })

/** The line of this source and operation. No name holds a line feed (identity/clean-name.ts, operation/name.ts). */
export function lineOf({ sources, lines }: Lines, source: SpanSource, operation: string): Line {
  const nameOfSource = `${source.service}\n${source.commit}`
  const name = `${nameOfSource}\n${operation}`
  const known = lines.get(name)
  if (known !== undefined) return known
  // not the source itself: it may be a whole resource, and a line outlives its record
  const kept = sources.get(nameOfSource) ?? { service: source.service, commit: source.commit }
  sources.set(nameOfSource, kept)
  const line = { source: kept, operation, counter: operationCounter(operation), row: 0, place: 0 }
  lines.set(name, line)
  return line
}
