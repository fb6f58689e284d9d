import type { AttributeValue } from '../../otlp/span.ts'
import type { ApiMeter, ApiRater } from './api-call.ts'

const CONSUMED = 'aws.dynamodb.consumed_capacity'
const TENTHS = 10
/** Far above what one call can consume (1 MB read is 128 units; a transaction of 100 items of 400 KB is 80,000). */
const MAX_UNITS = 1_000_000

/**
 * Amazon DynamoDB, on demand. Source: https://aws.amazon.com/dynamodb/pricing/on-demand/; the attribute: semantic conventions, AWS
 * SDK spans: the `ConsumedCapacity` of the answer, one JSON string a table, there only if the caller set `ReturnConsumedCapacity`.
 *
 *   aws/dynamodb/read-unit      read request units x 10, so that half units (eventually consistent) are exact
 *   aws/dynamodb/write-unit     write request units x 10
 *
 * Tables with provisioned capacity, Standard-IA and replicated writes cost otherwise, and no span tells them apart.
 */
const READS = new Set('GetItem BatchGetItem Query Scan TransactGetItems'.split(' '))
const WRITES = new Set('PutItem UpdateItem DeleteItem BatchWriteItem TransactWriteItems'.split(' '))
/** PartiQL: reads and writes both; only an answer that splits its units says which. */
const STATEMENTS = new Set('ExecuteStatement BatchExecuteStatement ExecuteTransaction'.split(' '))

export const rateDynamoDb: ApiRater = ({ method, attributes }) => {
  if (!READS.has(method) && !WRITES.has(method) && !STATEMENTS.has(method)) return []
  const said = attributes[CONSUMED]
  const entries = Array.isArray(said) ? said : [said]
  let read = 0
  let write = 0
  for (const entry of entries) {
    const units = unitsOf(entry, method)
    if (units === undefined) return [{ missing: CONSUMED }]
    read += units.read
    write += units.write
  }
  return entries.length === 0 ? [{ missing: CONSUMED }] : [...meter('read', read), ...meter('write', write)]
}

const meter = (kind: 'read' | 'write', tenths: number): readonly ApiMeter[] =>
  tenths === 0 ? [] : [{ family: `aws/dynamodb/${kind}-unit`, quantity: tenths }]

/** Tenths of units of one `ConsumedCapacity`; undefined where it is none, or does not say whether it read or wrote. */
function unitsOf(entry: AttributeValue | undefined, method: string): { read: number; write: number } | undefined {
  if (typeof entry !== 'string') return undefined
  const capacity = parseObject(entry)
  if (capacity === undefined) return undefined
  const read = tenthsOf(capacity.ReadCapacityUnits)
  const write = tenthsOf(capacity.WriteCapacityUnits)
  if (read !== undefined || write !== undefined) return { read: read ?? 0, write: write ?? 0 }
  const total = tenthsOf(capacity.CapacityUnits)
  if (total === undefined) return undefined
  if (READS.has(method)) return { read: total, write: 0 }
  return WRITES.has(method) ? { read: 0, write: total } : undefined
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const tenthsOf = (units: unknown): number | undefined =>
  typeof units === 'number' && units >= 0 && units <= MAX_UNITS ? Math.round(units * TENTHS) : undefined

/** DynamoDB Streams: each GetRecords is one read request unit of streams, whatever it brings (up to 1 MB). Same page. */
export const rateDynamoDbStreams: ApiRater = ({ method }) =>
  method === 'GetRecords' ? [{ family: 'aws/dynamodb/stream-read', quantity: 1 }] : []
