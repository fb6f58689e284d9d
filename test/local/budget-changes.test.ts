import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationSchema } from '../../layers/core/configuration.ts'
import { type EpochMs, MS_PER_MINUTE } from '../../layers/core/time/instants.ts'
import { manualClock, realSleep } from '../../local/clock.ts'
import { type LocalSystem, startLocalSystem } from '../../local/system.ts'
import { runTollgate } from '../cli/run-tollgate.ts'

const START = Date.UTC(2026, 10, 24, 8, 30) as EpochMs
const folder = mkdtempSync(join(tmpdir(), 'tollgate-changes-'))
const clock = manualClock(START)
let system: LocalSystem
beforeAll(async () => {
  system = await startLocalSystem({
    configuration: configurationSchema.parse({
      rates: [{ service: '*', usdPerMs: '0.001' }],
      defaultBudget: { service: '*', limitUsd: '5', mode: 'enforce' },
    }),
    ...{ clock, sleep: realSleep, ports: { otlp: 0, api: 0 }, folder, report: () => {}, expires: false },
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A span of one second, $1, that ended at `end`. */
const request = (end: number): Uint8Array => {
  const at = (ms: number): string => `${BigInt(ms) * 1_000_000n}`
  const span = {
    ...{ traceId: 'a'.repeat(32), spanId: '1'.repeat(16), name: 'work', kind: 2 },
    ...{ startTimeUnixNano: at(end - 1_000), endTimeUnixNano: at(end) },
  }
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'spender' } }] }
  return Buffer.from(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }))
}

/** Lets a minute pass in which the service spends $1. */
async function spendAMinute(): Promise<void> {
  clock.advance(MS_PER_MINUTE / 2)
  await system.append(request(clock.now()), { timestampMs: clock.now() })
  await system.settle()
  clock.advance(MS_PER_MINUTE / 2)
  await system.settle()
}

const flag = async () => (await system.readFlags()).find(({ until }) => clock.now() < until)
const budgets = (...args: string[]) => runTollgate(['budgets', ...args, '--url', system.apiUrl])
const inAnHour = (): string => new Date(clock.now() + 60 * MS_PER_MINUTE).toISOString()

describe('a budget that somebody changes while it throttles', () => {
  it('opens the gate within a close, says by whom, and closes it when the change is cleared', async () => {
    for (let minute = 0; minute < 12 && (await flag()) === undefined; minute += 1) await spendAMinute()
    expect((await flag())?.admit).toBeLessThan(1)

    const open = ['override', 'spender', '--mode', 'shadow', '--until', inAnHour(), '--reason', 'checkout must sell']
    expect(await budgets(...open)).toMatchObject({ code: 0 })
    await spendAMinute()
    expect(await flag()).toBeUndefined()
    expect((await budgets('list')).out).toContain('user/local')

    await budgets('clear', 'spender', '--reason', 'sold out')
    await spendAMinute()
    expect((await flag())?.admit).toBeLessThan(1)
    const told = JSON.parse((await budgets('events', 'spender', '--json')).out).events
    const whats = told.map(({ what }: { what: string }) => what)
    expect(whats.filter((what: string) => ['throttled', 'override', 'clear'].includes(what))).toEqual([
      'throttled',
      'clear',
      'override',
      'throttled',
    ])
  })

  it('leaves minutes that a budget file can be tried on, in the folder of a system that is stopped', async () => {
    await system.close()
    const file = join(folder, 'budgets.json')
    writeFileSync(file, JSON.stringify({ budgets: [{ service: 'spender', limitUsd: '3' }] }))
    const time = ['--to', '2026-11-24T09:00Z', '--since', '1h', '--json']
    const { out, error, code } = await runTollgate(['budgets', 'try', file, '--data', folder, ...time])
    expect([code, error]).toEqual([0, ''])
    const [tried] = JSON.parse(out).services
    expect(tried).toMatchObject({ service: 'spender', budget: { limitUsd: '3' } })
    expect(Number(tried.spentUsd)).toBeGreaterThanOrEqual(4)
    expect(tried.turns.map(({ what }: { what: string }) => what)).toContain('throttled')
  })
})
