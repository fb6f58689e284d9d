import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectFlagsReader } from '../../../layers/adapters/flags-reader.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type OpenTables, type TableEngine } from './table-engine.ts'

const flagOf = (service: string): Flag => ({
  service,
  admit: 0.25,
  reason: 'burns 12 times its pace',
  until: (NOON + 3_600_000) as EpochMs,
  since: NOON,
  version: 3,
})

/** What the reader of the Flags table promises. */
export function flagsReaderSuite(engine: TableEngine): void {
  describe(`the flags reader on ${engine.name}`, () => {
    let opened: OpenTables
    const unreadable: number[] = []
    const readFlags = () =>
      connectFlagsReader(opened.client, LOCAL_TABLES.FLAGS_TABLE, (count) => unreadable.push(count))()

    beforeAll(async () => {
      opened = await engine.open()
    })
    afterAll(() => opened.close())

    const put = (kind: string, subject: string, flag: string) =>
      opened.client.send(
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
}
