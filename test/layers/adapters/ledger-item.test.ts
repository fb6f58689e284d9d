import { describe, expect, it } from 'vitest'
import { storedRow } from '../../../layers/adapters/ledger-item.ts'
import type { CounterKey } from '../../../layers/core/ledger/counters.ts'

describe('a row as it is stored', () => {
  it('asks the dictionary for its counters, and not for its keys: what it cannot explain is a query each time', async () => {
    const asked: string[] = []
    const dictionary = {
      attributesOf: async () => new Map(),
      keysOf: async (_: string, attributes: Iterable<string>) => {
        asked.push(...attributes)
        return new Map([['s3fk', 's:aws/x@us-east-1' as CounterKey]])
      },
    }
    const item = {
      service: { S: 'svc' },
      row: { S: 'g1#x' },
      f: { N: '4' },
      c: { N: '1' },
      s3fk: { N: '7' },
      m3: { N: '5' },
    }
    const { counters } = await storedRow(dictionary, 'svc', item)
    expect(asked).toEqual(['s3fk'])
    expect([...counters]).toEqual([
      ['s:aws/x@us-east-1', 7n],
      ['m3', 5n],
    ])
  })
})
