import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { dynamoDbProtocolSuite } from '../../local/dynamodb/protocol.suite.ts'
import { openStandIn } from '../../local/dynamodb/stand-in.ts'
import type { OpenTables, TableEngine } from './table-engine.ts'
import { tableAdaptersSuite } from './tables.suite.ts'

async function open(): Promise<OpenTables> {
  const { client, db, close } = await openStandIn()
  const records: unknown[] = []
  db.onStream(LOCAL_TABLES.BUDGETS_TABLE, {
    name: 'suite',
    handler: async (event) => {
      records.push(...event.Records)
      return undefined
    },
    maximumRetryAttempts: 0,
    onDiscard: () => {},
  })
  return {
    client,
    streamed: async () => {
      await db.drain()
      return [...records]
    },
    expire: async () => {
      await db.expire(Date.now() as EpochMs)
    },
    close,
  }
}

const standIn: TableEngine = { name: 'the stand-in', expiresWhenAsked: true, open }

dynamoDbProtocolSuite(standIn)
tableAdaptersSuite(standIn, 15)
