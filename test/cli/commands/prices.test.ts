import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NEVER_STALE } from '../../../layers/core/prices/price.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { snapshotPrices } from '../../../layers/core/prices/snapshot/snapshot-prices.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { startExplore } from '../explore-server.ts'
import { inOneLine, runTollgate } from '../run-tollgate.ts'

const prices = (...args: string[]) => runTollgate(['prices', ...args])
const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs

describe('tollgate prices, bundled', () => {
  it('finds a price by its rate code, and prints tiers and source', async () => {
    expect(await prices('tg3m4cagba3nyqbh')).toEqual({
      code: 0,
      error: '',
      out: `aws/lambda/gb-second/x86_64@us-east-1
  $0.0000166667 a GB-second
  tiers   to 6000000000 $0.0000166667; to 15000000000 $0.000015; above
          15000000000 $0.0000133334
  source  snapshot: AWSLambda Lambda-GB-Second
          TG3M4CAGBA3NYQBH.JRTCKXETXF.CUKFZ388N3 2024-09

1 price (book snapshot)
`,
    })
  })

  it('prints a screen and counts the rest; as JSON the whole book', async () => {
    expect((await prices('request')).out).toMatch(/and \d+ more: add words, or raise --limit \(book snapshot\)\n$/)
    const { found, prices: all } = JSON.parse((await prices('--json')).out)
    expect(all).toHaveLength(found)
    expect(found).toBeGreaterThan(500)
  })

  it('shows the multiplier of a configuration', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-prices-'))
    const file = join(folder, 'configuration.json')
    writeFileSync(file, JSON.stringify({ multipliers: [{ sku: 'aws/lambda/*', multiplier: '0.83' }] }))
    const { out } = await prices('lambda', 'request', '--configuration', file)
    rmSync(folder, { recursive: true })
    // With a configuration: the regions that it prices.
    expect(out).toContain('aws/lambda/request@us-east-1\n  $0.0000002 x 0.83 a request\n')
    expect(out).toContain('1 price (book snapshot)')
  })

  it('ends with 1 and says so when nothing has these words', async () => {
    expect(await prices('xyzzy')).toMatchObject({
      code: 1,
      out: '',
      error: expect.stringContaining('no price has all these words'),
    })
  })

  it('prints the address of a source once, and its number after that', async () => {
    const { out } = await prices('haiku', '--limit', '4')
    expect(out.match(/https:/g)).toHaveLength(1)
    expect(out.match(/source {2}snapshot \[1\]$/gm)).toHaveLength(3)
  })
})

describe('tollgate prices, of a running system', () => {
  let system: Awaited<ReturnType<typeof startExplore>>

  beforeAll(async () => {
    const book = [
      ...snapshotPrices(['us-east-1'], { fetchedAt: (NOW - 300_000) as EpochMs, validUntil: NEVER_STALE }),
      ...snapshotPrices(['us-west-2'], { fetchedAt: (NOW - 90_000_000) as EpochMs, validUntil: NOW }),
    ]
    system = await startExplore({
      now: () => NOW,
      readHours: async () => ({ rows: [], parked: [] }),
      readStates: async () => [],
      readFlags: async () => [],
      readBook: async () => createPriceBook(book, 'g7'),
    })
  })
  afterAll(() => system.close())

  it('shows how old each price is, and which is too old to be charged', async () => {
    const { out } = await prices('lambda', 'request', '--url', system.url)
    expect(out).toMatch(/aws\/lambda\/request@us-east-1\n {2}\$0\.0000002 a request +5 min old\n/)
    expect(out).toMatch(/aws\/lambda\/request@us-west-2\n {2}\$0\.0000002 a request +STALE, 25 h old\n/)
    expect(out).toContain('2 prices (book g7)')
  })

  it('ends with 1 where nothing answers, and with 2 where both a system and files are given', async () => {
    expect(await prices('--url', 'http://127.0.0.1:9')).toMatchObject({ code: 1, out: '' })
    const both = await prices('--url', system.url, '--prices', 'prices.json')
    expect(both).toMatchObject({ code: 2 })
    expect(inOneLine(both.error)).toContain('give --url or --stack, or files, not both')
  })
})
