import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { attributeSpans } from '../../functions/attribute-spans/attribute-spans.ts'
import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { connectLedger } from '../../layers/adapters/ledger-table.ts'
import { createTables, LOCAL_TABLES } from '../../local/tables.ts'
import { BASE, BENCH_PORTS } from './consumer.ts'
import { mskEvent } from './msk-event.ts'
import { quantile } from './quantile.ts'

/** The first fill the dictionary, and the engine's own caches. */
const WARM_EVENTS = 3
const EVENTS = 12
const LEDGER_DAYS = 90

interface Records {
  readonly records: Readonly<Record<string, readonly { offset: number }[]>>
}

/** The whole handler with Amazon's DynamoDB Local behind it: a full event at a time, from the event's JSON to the last write. */
export async function onDynamoDbLocal(client: DynamoDBClient) {
  await createTables(client)
  const ledger = connectLedger(client, LOCAL_TABLES.LEDGER_TABLE, LEDGER_DAYS)
  const budgets = connectBudgets(client, LOCAL_TABLES.BUDGETS_TABLE)
  const attribute = attributeSpans({
    ...BENCH_PORTS,
    ...budgets,
    bookRow: ledger.bookRow,
    closeWindows: async () => [],
  })
  const event = mskEvent(BASE)
  const parsed = JSON.parse(event.json) as Records
  const ms: number[] = []
  for (let round = 0; round < WARM_EVENTS + EVENTS; round += 1) {
    const json = JSON.stringify(behind(parsed, round))
    const startedMs = performance.now()
    await attribute(JSON.parse(json), () => false)
    if (round >= WARM_EVENTS) ms.push(performance.now() - startedMs)
  }
  const median = quantile(ms, 0.5)
  return {
    spansPerSecond: Math.round((event.spans / median) * 1000),
    msPerEvent: Math.round(median),
    spans: event.spans,
  }
}

/** The same records further on in their partition. */
function behind({ records, ...event }: Records, round: number): object {
  const moved = Object.entries(records).map(([partition, each]) => [
    partition,
    each.map((record) => ({ ...record, offset: record.offset + round * each.length })),
  ])
  return { ...event, records: Object.fromEntries(moved) }
}
