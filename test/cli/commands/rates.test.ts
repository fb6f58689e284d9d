import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import { inOneLine, runTollgate } from '../run-tollgate.ts'

const suggest = (...args: string[]) => runTollgate(['rates', 'suggest', ...args])

describe('tollgate rates suggest', () => {
  it('prints the arithmetic and the line of configuration', async () => {
    const { code, out } = await suggest(
      ...['--instance', 'm7g.large', '--share', '0.5', '--concurrency', '8', '--service', 'prod/checkout'],
    )
    expect(code).toBe(0)
    expect(readFileSync(join(import.meta.dirname, '../../../docs/explain.md'), 'utf8')).toContain(out)
    expect(out).toBe(`m7g.large in us-east-1                                           $0.0816 an hour
  half of m7g.xlarge in
  https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonEC2/20260831181331/us-east-1/index.json,
  2026-08-31
x the service's part of it                                                   0.5
/ entry spans it works on at a time                                            8
/ milliseconds of an hour                                                3600000
= rounded half up to 18 decimals             $0.000000001416666667 a millisecond

In the configuration:
  "rates": [{ "service": "prod/checkout", "usdPerMs": "0.000000001416666667" }]

Each entry span then pays for its own duration. Hours in which nothing runs cost
money too: take the concurrency as the sum of entry span durations over a day,
divided by the day, and the spans sum to what the machine costs.
`)
  })

  it('suggests what the configuration takes, with its source, as JSON', async () => {
    const { out } = await suggest('--instance', 'c7g.xlarge', '--region', 'eu-west-1', '--json')
    const suggested = JSON.parse(out)
    expect(suggested).toMatchObject({ hourlyUsd: expect.stringMatching(/^0\.\d+$/), share: '1', concurrency: '1' })
    expect(suggested.source).toContain('2023-02-23')
    expect(configurationSchema.parse({ rates: [suggested.rate] }).rates[0]?.usdPerMs).toBe(suggested.usdPerMs)
  })

  it('takes a price by the hour from whoever has one', async () => {
    const { out } = await suggest('--hourly', '1.0e-1', '--json')
    expect(JSON.parse(out)).toMatchObject({ hourlyUsd: '0.1', usdPerMs: '0.000000027777777778' })
  })

  it.each([
    [['--share', '0.5'], 'name the machine with --instance m7g.large, or give its price with --hourly'],
    [['--instance', 'm7g.large', '--hourly', '1'], 'name the machine with'],
    [
      ['--instance', 'm6i.large'],
      'no bundled price of m6i.large in us-east-1 (it has eu-west-1): give it with --hourly',
    ],
    [['--instance', 'x99.huge'], 'no bundled price of x99.huge in us-east-1: give it'],
    [['--hourly', '1', '--share', '1.01'], '--share takes a number above 0, at most 1, not "1.01"'],
    [['--hourly', '1', '--concurrency', '0'], '--concurrency takes a number above 0'],
    [['--hourly', 'NaN'], '--hourly takes a number above 0'],
    [['--hourly', '1', '--region', 'moon'], '--region takes the code of an AWS region'],
  ])('ends with 2 and says what to write: %j', async (args, message) => {
    const { code, out, error } = await suggest(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(inOneLine(error)).toContain(message)
  })
})
