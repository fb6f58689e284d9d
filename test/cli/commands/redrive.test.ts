import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeadLetter } from '../../../layers/core/ledger/dead-letter.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { systemClock } from '../../../local/clock.ts'
import { type LoopbackServer, listenOnLoopback } from '../../../local/http.ts'
import { httpApi } from '../../../local/http-api.ts'
import { openLocalLetters } from '../../../local/local-letters.ts'
import { openLog } from '../../../local/log/log.ts'
import { redriveRoute } from '../../../local/redrive-route.ts'
import { inOneLine, runTollgate } from '../run-tollgate.ts'

const AT = Date.UTC(2026, 10, 23, 8) as EpochMs

const letterOf = (offset: number, reason: DeadLetter['reason']): DeadLetter => ({
  ...{ topic: 'otel-cost-spans', partition: 3, shard: 'k3f9.3', timestampMs: AT, offset, reason, spans: 2 },
  details: ['a', 'b'],
  bodies: [Buffer.from(`${offset}a`), Buffer.from(`${offset}b`)],
})

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-redrive-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function keepIn(data: string, letters: readonly DeadLetter[]): Promise<void> {
  const local = await openLocalLetters(data)
  for (const letter of letters) await local.letters.keep(letter)
  await local.close()
}

/** What the log of a folder holds, each record's origin and value. */
async function logged(data: string): Promise<string[]> {
  const log = await openLog('otel-cost-spans', data)
  const records = Array.from({ length: log.partitions }, (_, partition) => log.read(partition, 0, 100)).flat()
  await log.close()
  return records.map(({ headers, value }) => `${Buffer.from(headers[0]?.[1] ?? [])} ${Buffer.from(value)}`).sort()
}

describe('tollgate redrive', () => {
  it('puts the letters of a folder into its log once, and says what it did', async () => {
    const data = join(folder, 'data')
    await keepIn(data, [letterOf(7, 'malformed_span'), letterOf(8, 'truncated')])
    const rehearsed = await runTollgate(['redrive', '--data', data, '--dry-run'])
    expect(rehearsed.out).toBe(
      'Would put into the topic again: 2 letters, 4 records, 4 spans\n  malformed_span: 2 spans\n  truncated: 2 spans\n',
    )
    expect(await logged(data)).toEqual([])
    const ran = await runTollgate(['redrive', '--data', data, '--reason', 'malformed_span', '--json'])
    expect(JSON.parse(ran.out)).toEqual({ letters: 1, records: 2, spans: 2, byReason: { malformed_span: 2 } })
    const expected = [`k3f9.3 7 ${AT} malformed_span 0 1 7a`, `k3f9.3 7 ${AT} malformed_span 1 1 7b`]
    expect(await logged(data)).toEqual(expected)
    const again = await runTollgate(['redrive', '--data', data, '--reason', 'malformed_span'])
    expect(again).toEqual({ code: 0, out: 'There are no such dead letters.\n', error: '' })
    expect(await logged(data)).toEqual(expected)
  })

  it.each([
    [['--reason', 'bad_luck'], 'there is no reason "bad_luck": undecodable, '],
    [['--from', 'yesterday'], '"from" is an instant: write 2026-11-23T08:00Z'],
    [['--from', '2026-11-23', '--to', '2026-11-22'], 'a "from" that is before "to"'],
    [['--bucket', 'b'], 'write both'],
    [['--stack', 'shop', '--data', '.'], 'give one of --url, --stack, --data'],
  ])('ends with 2 where %j cannot be done, and says what to write', async (args, hint) => {
    const { code, error } = await runTollgate(['redrive', ...args])
    expect(code).toBe(2)
    expect(inOneLine(error)).toContain(hint)
  })

  it('ends with 1 where no system runs, and says what to start', async () => {
    const { code, error } = await runTollgate(['redrive', '--url', 'http://127.0.0.1:9'])
    expect(code).toBe(1)
    expect(inOneLine(error)).toContain('start "tollgate dev"')
  })
})

describe('the route of a running system', () => {
  it('redrives what is asked for, and refuses what it cannot read', async () => {
    const data = join(folder, 'running')
    await keepIn(data, [letterOf(7, 'malformed_span'), letterOf(8, 'truncated')])
    const local = await openLocalLetters(data)
    const log = await openLog('otel-cost-spans')
    const route = redriveRoute(local.letters, log, systemClock())
    const api: LoopbackServer = await listenOnLoopback(
      httpApi({ 'POST /v1/redrive': route }, () => {}),
      0,
    )
    const { code, out } = await runTollgate([
      'redrive',
      '--url',
      api.url,
      '--reason',
      'truncated',
      '--from',
      String(AT),
    ])
    expect([code, out]).toEqual([0, 'Put into the topic again: 1 letter, 2 records, 2 spans\n  truncated: 2 spans\n'])
    const refused = await fetch(`${api.url}/v1/redrive?reason=none`, { method: 'POST' })
    expect(refused.status).toBe(400)
    await api.close()
    await log.close()
    await local.close()
  })
})
