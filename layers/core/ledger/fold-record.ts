import { wholeNumber } from '../money/whole-number.ts'
import { operationOfText } from '../operation/operation.ts'
import type { DecodedRecord, PlainRecord, Span } from '../otlp/span.ts'
import { DECLARED_SKU } from '../prices/sku.ts'
import { rateSpan } from '../rating/rate-span.ts'
import type { RatingContext } from '../rating/rating-context.ts'
import type { RatedSpan } from '../rating/usage.ts'
import { addSpans, foldedRecord } from './fold.ts'
import { createFold, type Fold } from './fold-rows.ts'
import type { FoldedRecord } from './folded-record.ts'
import { createLines, lineOf } from './lines.ts'
import { type RatedAlike, ratedAlike, usageKey } from './rated-alike.ts'

/** Folds a decoded record: rates each span and adds its usage up by (service, commit, hour, operation, minute, SKU). */
export function foldRecord(record: DecodedRecord, context: RatingContext): FoldedRecord {
  const fold = createFold(createLines())
  for (const span of record.spans) addSpan(fold, span, rateSpan(span, context))
  for (const plain of record.plain) addPlainRecord(fold, plain)
  return foldedRecord(fold)
}

/** Adds one span. */
export function addSpan(fold: Fold, span: Span, rated: RatedSpan): void {
  const quantities = rated.usage.map(({ quantity }) => quantity)
  addSpans(fold, lineOf(fold.lines, span.resource, rated.operation), span.endMs, ratedAlike(rated), 1, quantities)
}

function addPlainRecord(fold: Fold, plain: PlainRecord): void {
  const line = lineOf(fold.lines, plain, operationOfText(plain.operation))
  addSpans(fold, line, plain.endMs, DECLARED, 1, [wholeNumber(plain.declared)])
}

/** A plain record is one unit of its service's work, and costs what it says. */
const DECLARED: RatedAlike = {
  entry: true,
  frontDoor: false,
  uncharged: undefined,
  weight: 1,
  skus: [DECLARED_SKU],
  key: usageKey([DECLARED_SKU]),
}
