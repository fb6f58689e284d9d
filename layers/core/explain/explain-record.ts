import { formatUsd } from '../money/picodollars.ts'
import { operationOfText } from '../operation/operation.ts'
import type { DeadPart, DecodedRecord, PlainRecord } from '../otlp/span.ts'
import type { PriceBook } from '../prices/price.ts'
import { DECLARED_SKU } from '../prices/sku.ts'
import type { RatingContext } from '../rating/rating-context.ts'
import type { EpochMs } from '../time/instants.ts'
import { explainSpan } from './explain-span.ts'
import { explainUsage } from './explain-usage.ts'
import type { Explained } from './explained.ts'

/** Explains everything that a decoded record holds: its spans, or its plain record, then its dead parts. */
export function explainRecord(
  record: DecodedRecord,
  context: RatingContext,
  book: Pick<PriceBook, 'lookup'>,
  now: EpochMs,
): readonly Explained[] {
  return [
    ...record.spans.map((span) => explainSpan(span, context, book, now)),
    ...record.plain.map((plain) => explainPlain(plain, book, now)),
    ...record.dead.map(explainDead),
  ]
}

const NOTHING: Explained = {
  traceId: '',
  spanId: '',
  service: '',
  commit: '',
  operation: '',
  charged: false,
  rule: '',
  detail: '',
  weight: 1,
  weightSource: 'none',
  unmetered: [],
  assumed: [],
  declared: null,
  lines: [],
  parked: [],
  totalUsd: '0',
}

function explainPlain(plain: PlainRecord, book: Pick<PriceBook, 'lookup'>, now: EpochMs): Explained {
  const usage = [{ sku: DECLARED_SKU, quantity: Number(plain.declared) }]
  const { lines, parked, total } = explainUsage(usage, 1, book, now)
  return {
    ...NOTHING,
    traceId: plain.traceId,
    service: plain.service,
    commit: plain.commit,
    operation: operationOfText(plain.operation),
    charged: true,
    rule: 'declared',
    lines,
    parked,
    totalUsd: formatUsd(total),
  }
}

const explainDead = ({ reason, detail }: DeadPart): Explained => ({ ...NOTHING, rule: `dead-letter:${reason}`, detail })
