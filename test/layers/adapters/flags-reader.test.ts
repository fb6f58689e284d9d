import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectFlagsReader } from '../../../layers/adapters/flags-reader.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { realSleep, systemClock } from '../../../local/clock.ts'
import { type DynamoDbStandIn, startDynamoDb } from '../../../local/dynamodb/server.ts'
import { createTables, LOCAL_TABLES } from '../../../local/tables.ts'

const NOW = 1_795_421_220_000 as EpochMs
const flagOf = (service: string): Flag => ({
  service,
  admit: 0.25,
  reason: 'burns 12 times its pace',
  until: (NOW + 3_600_000) as EpochMs,
  since: NOW,
  version: 3,
})

describe('the flags reader', () => {
  let standIn: DynamoDbStandIn
  let client: DynamoDBClient
  const unreadable: number[] = []
  const readFlags = () => connectFlagsReader(client, LOCAL_TABLES.FLAGS_TABLE, (count) => unreadable.push(count))()

  beforeAll(async () => {
    standIn = await startDynamoDb({ clock: systemClock(), sleep: realSleep })
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    client = new DynamoDBClient({ endpoint: standIn.endpoint, region: 'us-east-1', credentials })
    await createTables(client)
  })
  afterAll(async () => {
    client.destroy()
    await standIn.close()
  })

  const put = (kind: string, subject: string, flag: string) =>
    client.send(
      new PutItemCommand({
        TableName: LOCAL_TABLES.FLAGS_TABLE,
        Item: { kind: { S: kind }, subject: { S: subject }, flag: { S: flag }, version: { N: '3' } },
      }),
    )

  it('finds no flags in an empty table', async () => {
    expect(await readFlags()).toEqual([])
  })

  it('reads every flag, over as many pages as there are, and no lease of an alert', async () => {
    const services = Array.from({ length: 40 }, (_, at) => `prod/${String(at).padStart(2, '0')}`)
    // 40 items of 30 KB are more than the 1 MB of a page.
    const padding = { ignored: 'x'.repeat(30_000) }
    await Promise.all(services.map((of) => put('flag', of, JSON.stringify({ ...flagOf(of), ...padding }))))
    await put('alert', 'prod/00', JSON.stringify(flagOf('prod/lease')))
    expect(await readFlags()).toEqual(services.map(flagOf))
    expect(unreadable).toEqual([])
  })

  it('leaves out what it cannot read, and says how many', async () => {
    await put('flag', 'prod/broken', '{"service":')
    await put('flag', 'prod/odd', JSON.stringify({ ...flagOf('prod/odd'), admit: 7 }))
    expect(await readFlags()).toHaveLength(40)
    expect(unreadable).toEqual([2])
  })
})
