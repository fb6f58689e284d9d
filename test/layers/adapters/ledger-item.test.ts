import { describe, expect, it } from 'vitest'
import { storedRow } from '../../../layers/adapters/ledger-item.ts'
import { minuteCounter, operationCounter } from '../../../layers/core/ledger/counters.ts'

const GET = operationCounter('GET /x')
const NAMES = new Map([
  ['oabc', GET],
  ['oabcd', GET],
])

describe('an item of the ledger', () => {
  it('is the sum of what lies under two names of one counter, and nothing of names that nobody explains', async () => {
    const dictionary = {
      attributesOf: () => Promise.reject(new Error('nothing is written')),
      keysOf: async () => NAMES,
    }
    const item = {
      ...{ service: { S: 'a' }, row: { S: 'r' }, f: { N: '7' }, t: { N: '9' } },
      ...{ m7: { N: '5' }, oabc: { N: '2' }, oabcd: { N: '3' }, oother: { N: '100' } },
    }
    const { counters, fenceOffset } = await storedRow(dictionary, 'a', item)
    expect(fenceOffset).toBe(7)
    expect(counters).toEqual(
      new Map([
        [minuteCounter(7), 5n],
        [GET, 5n],
      ]),
    )
  })
})
