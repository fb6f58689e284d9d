import { type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { type BudgetEvent, budgetEventSchema } from '../core/budgets/budget-event.ts'
import { MS_PER_DAY } from '../core/time/days.ts'
import { isNewer, versioned } from './schema-version.ts'

/** What was decided about budgets, in the Budgets table. Both throw the SDK's errors when it is out of reach. */
export interface BudgetEvents {
  /** Writes an event down. The same one again changes nothing. */
  putEvent(event: BudgetEvent): Promise<void>
  /** The newest events of a service, newest first, at most `limit`. One that cannot be read is left out. */
  readEvents(service: string, limit: number): Promise<readonly BudgetEvent[]>
}

const EVENT_KEPT_MS = 90 * MS_PER_DAY

/** Connects the events of the Budgets table (partition key `kind`, sort key `subject`). */
export function connectBudgetEvents(client: DynamoDBClient, table: string): BudgetEvents {
  return {
    async putEvent(event) {
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: versioned({
            kind: { S: kindOf(event.service) },
            subject: { S: `${new Date(event.at).toISOString()}#${event.what}` },
            event: { S: JSON.stringify(event) },
            expiresAt: { N: String(Math.ceil((event.at + EVENT_KEPT_MS) / 1000)) },
          }),
        }),
      )
    },
    async readEvents(service, limit) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: '#kind = :kind',
          ExpressionAttributeNames: { '#kind': 'kind' },
          ExpressionAttributeValues: { ':kind': { S: kindOf(service) } },
          ScanIndexForward: false,
          Limit: limit,
        }),
      )
      return Items.flatMap((item) => (isNewer(item) ? [] : (readable(item.event?.S) ?? [])))
    },
  }
}

const kindOf = (service: string): string => `event#${service}`

function readable(text: string | undefined): BudgetEvent | undefined {
  try {
    return budgetEventSchema.safeParse(JSON.parse(text ?? '')).data
  } catch {
    return undefined
  }
}
