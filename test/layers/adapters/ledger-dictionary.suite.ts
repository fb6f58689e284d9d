import { DeleteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectDictionary } from '../../../layers/adapters/ledger-dictionary.ts'
import { shortHash } from '../../../layers/core/identity/hash.ts'
import { type CounterKey, minuteCounter, operationCounter } from '../../../layers/core/ledger/counters.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type OpenTables, type TableEngine } from './table-engine.ts'

const TABLE = LOCAL_TABLES.LEDGER_TABLE
const KEPT_UNTIL = NOON / 1000

/** Two counters whose shortest ids are the same. */
function colliding(): readonly [CounterKey, CounterKey] {
  const keys = new Map<string, CounterKey>()
  for (let i = 0; ; i += 1) {
    const key = operationCounter(`GET /collides/${i}`)
    const other = keys.get(shortHash(key, 3))
    if (other !== undefined) return [other, key]
    keys.set(shortHash(key, 3), key)
  }
}

/** What the dictionary of a service's counters promises. */
export function ledgerDictionarySuite(engine: TableEngine): void {
  describe(`the dictionary on ${engine.name}`, () => {
    let opened: OpenTables
    let requests: string[] = []
    beforeAll(async () => {
      opened = await engine.open()
    })
    afterAll(() => opened.close())

    /** A dictionary that has just started; what it asks of the table is written down. */
    function cold(maxEntries?: number) {
      const client: DynamoDBClient = Object.create(opened.client)
      const send = opened.client.send.bind(opened.client) as (command: object) => Promise<unknown>
      client.send = ((command: object) => {
        requests.push(command.constructor.name.replace('Command', ''))
        return send(command)
      }) as typeof client.send
      requests = []
      return connectDictionary(client, TABLE, maxEntries)
    }
    const keys = Array.from({ length: 40 }, (_, i) => operationCounter(`GET /${i}`))

    it('names counters by short ids, which anybody can read again; a minute is its own name', async () => {
      const attributes = await cold().attributesOf('named', [...keys, minuteCounter(7)], KEPT_UNTIL)
      expect(attributes.get(minuteCounter(7))).toBe('m7')
      const named = keys.map((key) => attributes.get(key) ?? '')
      expect(named.filter((attribute) => /^o[0-9a-z]{3,4}$/.test(attribute))).toHaveLength(40)
      const read = await cold().keysOf('named', [...named, 'onever'])
      expect(named.map((attribute) => read.get(attribute))).toEqual(keys)
      expect(read.has('onever')).toBe(false)
    })

    it('asks for each name once, however many rows of a service are booked at the same time', async () => {
      const dictionary = cold()
      const all = await Promise.all(Array.from({ length: 12 }, () => dictionary.attributesOf('rows', keys, KEPT_UNTIL)))
      expect(requests.toSorted()).toEqual([...keys.map(() => 'PutItem'), 'Query'])
      for (const attributes of all) expect(attributes).toEqual(all[0])
    })

    it('costs a writer that has just started one read, where the service has said it all before', async () => {
      await cold().attributesOf('before', keys, KEPT_UNTIL)
      const dictionary = cold()
      await Promise.all([keys, keys].map((some) => dictionary.attributesOf('before', some, KEPT_UNTIL)))
      await dictionary.attributesOf('before', keys.slice(3), KEPT_UNTIL)
      expect(requests).toEqual(['Query'])
    })

    it('keeps an entry for rows that are kept longer than those it was made for', async () => {
      await cold().attributesOf('longer', keys.slice(0, 3), KEPT_UNTIL)
      const later = KEPT_UNTIL + 40 * 86_400
      const dictionary = cold()
      const attributes = await dictionary.attributesOf('longer', keys.slice(0, 3), later)
      expect(requests.filter((name) => name === 'UpdateItem')).toHaveLength(3)
      expect(await cold().attributesOf('longer', keys.slice(0, 3), later)).toEqual(attributes)
      expect(requests).toEqual(['Query'])
    })

    it('gives the longer id to the second of two counters that collide, whoever claims them at once', async () => {
      const [one, other] = colliding()
      const writers = [[one, other], [other, one], [one], [other]]
      const all = await Promise.all(writers.map((some) => cold().attributesOf('collides', some, KEPT_UNTIL)))
      const named = [one, other].map((key) => new Set(all.flatMap((attributes) => attributes.get(key) ?? [])))
      expect(named.map(({ size }) => size)).toEqual([1, 1])
      const [[first = ''], [second = '']] = named.map((names) => [...names]) as [string[], string[]]
      expect([first.length, second.length].toSorted()).toEqual([4, 5])
      const read = await cold().keysOf('collides', [first, second])
      expect([read.get(first), read.get(second)]).toEqual([one, other])
    })

    it('keeps the name of a counter when it renews it, though a shorter one has come free', async () => {
      const [one, other] = colliding()
      const short = (await cold().attributesOf('freed', [one], KEPT_UNTIL)).get(one) ?? ''
      const long = (await cold().attributesOf('freed', [other], KEPT_UNTIL)).get(other) ?? ''
      expect([short.length, long.length]).toEqual([4, 5])
      const Key = { service: { S: 'freed' }, row: { S: `d#${short}` } }
      await opened.client.send(new DeleteItemCommand({ TableName: TABLE, Key }))
      const later = KEPT_UNTIL + 40 * 86_400
      expect((await cold().attributesOf('freed', [other], later)).get(other)).toBe(long)
      expect(requests).toEqual(['Query', 'UpdateItem'])
      expect((await cold().attributesOf('freed', [one], later)).get(one)).toBe(short)
    })

    it('reads again for a name that was stored since it read', async () => {
      const reader = cold()
      await reader.attributesOf('since', keys.slice(0, 1), KEPT_UNTIL)
      const [stored = ''] = (await cold().attributesOf('since', keys.slice(1, 2), KEPT_UNTIL)).values()
      expect((await reader.keysOf('since', [stored])).get(stored)).toBe(keys[1])
    })

    it('forgets the services known longest when it knows too many names, and reads them anew', async () => {
      await cold().attributesOf('full 1', keys, KEPT_UNTIL)
      await cold().attributesOf('full 2', keys, KEPT_UNTIL)
      const dictionary = cold(60)
      const first = await dictionary.attributesOf('full 1', keys, KEPT_UNTIL)
      await dictionary.attributesOf('full 2', keys, KEPT_UNTIL)
      await dictionary.attributesOf('full 2', keys, KEPT_UNTIL)
      expect(requests).toEqual(['Query', 'Query'])
      expect(await dictionary.attributesOf('full 1', keys, KEPT_UNTIL)).toEqual(first)
      expect(requests).toEqual(['Query', 'Query', 'Query'])
    })

    it('claims after a reading that failed, once it can be read', async () => {
      const client: DynamoDBClient = Object.create(opened.client)
      client.send = (() => Promise.reject(new Error('out of reach'))) as typeof client.send
      const dictionary = connectDictionary(client, TABLE)
      await expect(dictionary.attributesOf('away', keys.slice(0, 1), KEPT_UNTIL)).rejects.toThrow('out of reach')
      client.send = opened.client.send.bind(opened.client)
      const attributes = await dictionary.attributesOf('away', keys.slice(0, 1), KEPT_UNTIL)
      const row = { S: `d#${attributes.get(keys[0] as CounterKey)}` }
      const Key = { service: { S: 'away' }, row }
      const { Attributes } = await opened.client.send(
        new DeleteItemCommand({ TableName: TABLE, Key, ReturnValues: 'ALL_OLD' }),
      )
      expect(Attributes?.counter?.S).toBe(keys[0])
    })
  })
}
