import { counted } from '../counted.ts'
import type { Invocation, InvokedRow } from './invoke.ts'

/** What a function did, for people. */
export function drawInvocation(invocation: Invocation): readonly string[] {
  return [
    `${invocation.function} answered ${JSON.stringify(invocation.result)}`,
    '',
    `${counted(invocation.rows.length, 'ledger row')} written`,
    ...invocation.rows.flatMap(drawRow),
    counted(invocation.deadLetters.length, 'dead letter'),
    ...invocation.deadLetters.flatMap((letter) => [
      `  ${letter.reason}  ${letter.topic}-${letter.partition} offset ${letter.offset}, ${counted(letter.spans, 'span')}`,
      ...letter.details.slice(0, 3).map((detail) => `    ${detail}`),
    ]),
    `${invocation.batchItemFailures.length} batchItemFailures`,
    ...invocation.batchItemFailures.map((failure) => `  ${JSON.stringify(failure)}`),
    ...(invocation.items.length === 0 ? [] : [`${invocation.items.length} other items written`]),
    ...invocation.items.slice(0, 20).map(({ table, key }) => `  ${table}  ${key}`),
  ]
}

const drawRow = (row: InvokedRow): readonly string[] => [
  `  $${row.usd}  ${row.service}  ${row.hour}  commit ${row.commit}  shard ${row.shard}  fence ${row.fence}`,
  ...row.operations.map(({ operation, spans, usd }) => `    $${usd}  ${operation} (${counted(spans, 'span')})`),
  `    spans: ${row.outcomes.map(({ outcome, spans }) => `${spans} ${outcome}`).join(', ') || 'none'}`,
  ...row.parked.map(({ sku, quantity, spans }) => `    parked: ${quantity} of ${sku} (${counted(spans, 'span')})`),
]
