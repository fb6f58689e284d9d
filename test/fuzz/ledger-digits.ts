import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import type { DeadLettersBucket } from '../../layers/adapters/dead-letters-bucket.ts'
import { connectLedger } from '../../layers/adapters/ledger-table.ts'
import { parseRowName } from '../../layers/core/ledger/row-name.ts'
import { formatHour, type Hour } from '../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../local/tables.ts'
import { addDigits, type Digits } from './digits.ts'

const FRONT_DOOR = '#env#'

/** What the ledger and the dead letters say, read as every reader does. */
export async function readLedgerDigits(client: DynamoDBClient, letters: DeadLettersBucket): Promise<Digits> {
  const digits: Digits = new Map()
  const ledger = connectLedger(client, LOCAL_TABLES.LEDGER_TABLE, 90)
  for (const [service, hours] of await hoursByService(client)) {
    if (service.startsWith(FRONT_DOOR)) {
      const environment = service.slice(FRONT_DOOR.length)
      for (const { hour, minutes } of await ledger.readFrontDoor(environment, [...hours])) {
        for (const { minute, requests } of minutes) {
          addDigits(digits, BigInt(requests), 'front door requests', environment, formatHour(hour), minute)
        }
      }
      continue
    }
    const { rows, parked } = await ledger.readService(service)
    for (const row of rows) {
      const place = [service, formatHour(row.hour), row.commit, row.shard] as const
      for (const { minute, cost, entryRequests } of row.minutes) {
        addDigits(digits, cost, 'picodollars of a minute', ...place, minute)
        addDigits(digits, BigInt(entryRequests), 'entry requests', ...place, minute)
      }
      for (const { operation, cost, spans } of row.operations) {
        addDigits(digits, cost, 'picodollars of an operation', ...place, operation)
        addDigits(digits, BigInt(spans), 'spans of an operation', ...place, operation)
      }
      for (const { sku, quantity } of row.usage) addDigits(digits, quantity, 'usage', ...place, sku)
      for (const { outcome, spans } of row.outcomes) addDigits(digits, BigInt(spans), 'spans', ...place, outcome)
    }
    for (const row of parked) {
      const place = [service, formatHour(row.hour), row.commit, row.shard] as const
      for (const { operation, sku, quantity, spans } of row.usage) {
        addDigits(digits, quantity, 'parked usage', ...place, row.minute, operation, sku)
        addDigits(digits, BigInt(spans), 'parked spans', ...place, row.minute, operation, sku)
      }
    }
  }
  for await (const { reason, spans, shard, offset } of letters.list()) {
    addDigits(digits, BigInt(spans), 'dead letter spans', reason, shard, offset)
  }
  return digits
}

/** Every partition key of the table with the hours of its rows: no service can hide. */
async function hoursByService(client: DynamoDBClient): Promise<ReadonlyMap<string, ReadonlySet<Hour>>> {
  const services = new Map<string, Set<Hour>>()
  const scan = { TableName: LOCAL_TABLES.LEDGER_TABLE, ConsistentRead: true }
  for await (const { Items = [] } of paginateScan({ client }, scan)) {
    for (const { service, row } of Items) {
      const hour = parseRowName(row?.S ?? '')?.hour
      if (service?.S === undefined || hour === undefined) continue
      services.set(service.S, (services.get(service.S) ?? new Set()).add(hour))
    }
  }
  return services
}
