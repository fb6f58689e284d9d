import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectFlagsReader } from '../../../layers/adapters/flags-reader.ts'
import { connectFlags } from '../../../layers/adapters/flags-table.ts'
import type { AlertLease } from '../../../layers/core/alerts/alert-lease.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import type { EpochMs, Minute } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type OpenTables, type TableEngine } from './table-engine.ts'

const TABLE = LOCAL_TABLES.FLAGS_TABLE
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** What the writes of the Flags table promise. */
export function flagsTableSuite(engine: TableEngine): void {
  describe(`the Flags table on ${engine.name}`, () => {
    let opened: OpenTables
    beforeAll(async () => {
      opened = await engine.open()
    })
    afterAll(() => opened.close())

    const flags = () => connectFlags(opened.client, TABLE)
    const flagOf = (service: string, version: number): Flag => ({
      service,
      admit: 0.5,
      reason: 'burns',
      until: (NOON + HOUR) as EpochMs,
      since: NOON,
      version,
    })
    const versionOf = async (service: string): Promise<number | undefined> => {
      const read = await connectFlagsReader(opened.client, TABLE, () => {})()
      return read.find((flag) => flag.service === service)?.version
    }
    const leaseOf = (id: string): AlertLease => ({
      told: {
        phase: 'throttled',
        mode: 'enforce',
        closed: 7 as Minute,
        at: NOON,
        lastOf: { throttled: NOON, reminder: NOON },
      },
      sending: { id, kind: 'reminder', until: NOON },
    })

    it('keeps the newest of flags that are written side by side', async () => {
      const versions = [3, 8, 1, 5, 7, 2, 6, 4]
      await Promise.all(versions.map((version) => flags().putFlag(flagOf('prod/race', version), NOON)))
      expect(await versionOf('prod/race')).toBe(8)
    })

    it('remembers a flag for a day after its end, and then takes any version, though the item is still there', async () => {
      await flags().putFlag(flagOf('prod/anew', 9), NOON)
      const end = NOON + HOUR + DAY
      await flags().putFlag(flagOf('prod/anew', 1), (end - 1) as EpochMs)
      expect(await versionOf('prod/anew')).toBe(9)
      await flags().putFlag(flagOf('prod/anew', 1), end as EpochMs)
      expect(await versionOf('prod/anew')).toBe(1)
    })

    it('gives a lease to one of those who ask side by side, and to the next what the last one stored', async () => {
      const seen: (AlertLease | undefined)[] = []
      const claim = (was: AlertLease | undefined): AlertLease | undefined => {
        seen.push(was)
        return was === undefined ? leaseOf('a') : undefined
      }
      const taken = await Promise.all([1, 2, 3].map(() => flags().takeLease('prod/lease', claim, NOON)))
      expect(taken.filter((lease) => lease !== undefined)).toEqual([{ lease: leaseOf('a'), version: 1 }])
      expect(seen.filter((was) => was !== undefined)).toEqual([leaseOf('a'), leaseOf('a')])
    })

    it('leaves a lease alone that somebody took over', async () => {
      const take = (id: string) => flags().takeLease('prod/over', () => leaseOf(id), NOON)
      const first = await take('first')
      await take('second')
      if (first === undefined) throw new Error('no lease was taken')
      await flags().replaceLease('prod/over', first, {})
      let stored: AlertLease | undefined
      await flags().takeLease(
        'prod/over',
        (was) => {
          stored = was
          return was === undefined ? {} : undefined
        },
        NOON,
      )
      expect(stored).toEqual(leaseOf('second'))
    })

    it('counts a lease that it cannot read as none, and replaces it', async () => {
      const key = { kind: { S: 'alert' }, subject: { S: 'prod/broken' } }
      const item = { ...key, lease: { S: '{"told":{"phase":"asleep"}}' }, version: { N: '4' } }
      await opened.client.send(new PutItemCommand({ TableName: TABLE, Item: item }))
      expect(await flags().takeLease('prod/broken', () => leaseOf('a'), NOON)).toEqual({
        lease: leaseOf('a'),
        version: 5,
      })
      const { Item } = await opened.client.send(new GetItemCommand({ TableName: TABLE, Key: key }))
      expect(Item?.expiresAt?.N).toBe(String((NOON + 30 * DAY) / 1000))
    })

    it('gives up loudly on an item that never stands still', async () => {
      const claim = (): AlertLease => leaseOf('a')
      const key = { kind: { S: 'alert' }, subject: { S: 'prod/odd' } }
      // An item without a version meets no condition.
      await opened.client.send(new PutItemCommand({ TableName: TABLE, Item: { ...key, version: { S: 'odd' } } }))
      await expect(flags().takeLease('prod/odd', claim, NOON)).rejects.toThrow(/replaced 10 times/)
    })
  })
}
