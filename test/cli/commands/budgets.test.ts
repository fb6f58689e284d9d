import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeBudget } from '../../../functions/change-budget/change-budget.ts'
import { type BudgetsTable, connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import { httpApi } from '../../../local/http-api.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type Opened, openStandIn } from '../../local/dynamodb/stand-in.ts'
import { weekOfLedger } from '../budgets/week-of-ledger.ts'
import { startExplore } from '../explore-server.ts'
import { inOneLine, runTollgate } from '../run-tollgate.ts'

const budgets = (...args: string[]) => runTollgate(['budgets', ...args])

describe('tollgate budgets try and suggest', () => {
  let system: Awaited<ReturnType<typeof startExplore>>
  let folder = ''
  let file = ''
  let rehearsal: string[] = []
  beforeAll(async () => {
    system = await startExplore(weekOfLedger)
    folder = mkdtempSync(join(tmpdir(), 'tollgate-budgets-'))
    file = join(folder, 'budgets.json')
    const budget = { service: 'prod/*', limitUsd: '500', mode: 'enforce' }
    writeFileSync(file, JSON.stringify({ budgets: [budget] }))
    rehearsal = ['--url', system.url, '--to', '2026-11-24', '--since', '3d']
  })
  afterAll(() => {
    system.close()
    rmSync(folder, { recursive: true })
  })

  it('draws when a file would have alerted and throttled, to what fraction, and what that saves', async () => {
    const { out, error, code } = await budgets('try', file, '--service', 'prod/shop/checkout', ...rehearsal)
    expect([code, error]).toEqual([0, `system: ${system.url}\n`])
    const lines = out.split('\n')
    expect(lines[0]).toMatch(/^prod\/shop\/checkout +\$500 in 24 h, enforce$/)
    expect(lines[1]).toMatch(/^ {2}spend {2}▁{56}█▁{14}$/)
    expect(lines[2]).toMatch(/^ {2}alert {2}\.{56}#\.{14}$/)
    expect(lines[3]).toMatch(/^ {2}admit {2}\.{56}0\.{14}$/)
    expect(out).toMatch(/2026-11-23T09:0[1-4]Z throttled to/)
    expect(out).toMatch(/spent \$1377\.27, 864000 requests\n {2}would have saved \$\d{3}\.\d\d, refusing \d+ requests/)
  })

  it('is printed in docs/budgets.md as it prints', async () => {
    const { out } = await budgets('try', file, '--service', 'prod/shop/checkout', ...rehearsal)
    expect(readFileSync(join(import.meta.dirname, '../../../docs/budgets.md'), 'utf8')).toContain(`\n${out}\`\`\`\n`)
  })

  it('tells programs the same, exactly, and refuses nothing of a service that is calm', async () => {
    const { services } = JSON.parse((await budgets('try', file, '--json', ...rehearsal)).out)
    // The smoke test has a budget's state, and nobody budgets for it.
    expect(services).toHaveLength(2)
    const [cart, checkout] = services
    expect(cart).toMatchObject({ service: 'prod/shop/cart', spentUsd: '43.2', savedUsd: '0', refused: 0, turns: [] })
    expect(checkout.turns[0]).toMatchObject({ what: 'throttled', reason: expect.stringContaining('fast rule') })
    expect(Number(checkout.savedUsd)).toBeGreaterThan(300)
    expect(checkout.lowestAdmit).toBeLessThan(0.1)
  })

  it('suggests a file that it can try itself, in shadow', async () => {
    const { out, error } = await budgets('suggest', ...rehearsal)
    expect(JSON.parse(out)).toEqual({
      budgets: [
        {
          comment: 'half as much again as the 99th percentile of 3 days',
          ...{ service: 'prod/shop/cart', limitUsd: '22', mode: 'shadow' },
        },
        {
          comment: expect.stringMatching(/ of 2 days; left out, .* median day: 2026-11-23 \(\$\d+\.\d\d\)$/),
          ...{ service: 'prod/shop/checkout', limitUsd: expect.any(String), mode: 'shadow' },
        },
      ],
    })
    expect(inOneLine(error)).toContain('prod/shop/cart')
    expect(inOneLine(error)).toContain('would have refused nothing')
    const suggested = join(folder, 'suggested.json')
    writeFileSync(suggested, out)
    expect((await budgets('try', suggested, ...rehearsal)).code).toBe(0)
  })

  it('suggests nothing for services of small change, and names them', async () => {
    const oneDay = [...rehearsal, '--since', '1d']
    const { out, error } = await budgets('suggest', '--least', '15', ...oneDay)
    expect(JSON.parse(out).budgets.map(({ service }: { service: string }) => service)).toEqual(['prod/shop/checkout'])
    expect(inOneLine(error)).toContain(
      ' Left to the default budget, with no day of $15: prod/shop/cart $14.40. --least 0 suggests one for each.',
    )
    const named = await budgets('suggest', '--service', 'prod/shop/cart', ...oneDay)
    expect(JSON.parse(named.out).budgets).toHaveLength(1)
    const none = await budgets('suggest', '--least', '100000', ...oneDay)
    expect(JSON.parse(none.out)).toEqual({ budgets: [] })
    expect(inOneLine(none.error)).toMatch(/^system: \S+ Left to the default budget, with no day of \$100000: prod/)
    const json = JSON.parse((await budgets('suggest', '--json', '--least', '15', ...oneDay)).out)
    expect(json.leftOut).toEqual([{ service: 'prod/shop/cart', dearestDayUsd: '14.4' }])
  })

  it('says what to write instead', async () => {
    const said = async (...args: string[]) => {
      const { code, error } = await budgets(...args)
      return `${code} ${inOneLine(error)}`
    }
    expect(await said('try', file, '--since', 'yesterday')).toMatch(/^2 .*--since takes 12h, 7d/)
    expect(await said('try', file, '--since', '400d')).toMatch(/^2 .*at most 92 days/)
    expect(await said('try', file, '--url', system.url, '--data', folder)).toMatch(/^2 .*--url or --data/)
    expect(await said('try', join(folder, 'none.json'), ...rehearsal)).toMatch(/^1 /)
    expect(await said('try', file, '--service', 'prod/typo', ...rehearsal)).toMatch(/^1 .*holds nothing of prod\/typo/)
    expect(await said('override', 'prod/a', '--mode', 'shadow', '--reason', 'x', '--until', 'soon')).toMatch(
      /^2 .*--until takes 30m, 2h/,
    )
    expect(await said('grant', 'prod/a', '--usd', '5', '--until', '2h')).toMatch(/^2 .*--reason/)
    expect(await said('grant', 'prod/a', '--usd', 'five')).toMatch(/^2 .*--usd takes USD such as 500/)
    expect(await said('override', 'prod/a', '--mode', 'off')).toMatch(/^2 .*--mode takes shadow or enforce/)
  })
})

describe('tollgate budgets override, grant, clear, events and list', () => {
  let opened: Opened
  let table: BudgetsTable
  let url = ''
  let close: (() => void)[] = []
  beforeAll(async () => {
    opened = await openStandIn()
    table = connectBudgets(opened.client, LOCAL_TABLES.BUDGETS_TABLE)
    await table.registerService('prod/orders')
    const system = await startExplore({
      ...weekOfLedger,
      now: () => NOON,
      readStates: table.readStates,
      budgets: table,
    })
    // The CLI's clock is the real one; changes are measured by the function's.
    const configuration = configurationSchema.parse({})
    const change = changeBudget({ now: opened.clock.now, budgets: table, configuration })
    const changes = createServer(httpApi({ 'POST /v1/budgets/changes': change }, console.error))
    await new Promise<void>((listening) => changes.listen(0, '127.0.0.1', listening))
    url = `http://127.0.0.1:${(changes.address() as AddressInfo).port}`
    rest = ['--url', system.url]
    close = [() => changes.close(), system.close]
  })
  let rest: string[] = []
  afterAll(async () => {
    for (const one of close) one()
    await opened.close()
  })
  const until = new Date(NOON + 3_600_000).toISOString()

  it('changes a budget for a time, says what holds now, and by whom it was changed', async () => {
    const reason = ['--reason', 'incident 7', '--url', url]
    const first = await budgets('override', 'prod/orders', '--limit', '900', '--until', until, ...reason)
    expect(first).toMatchObject({ code: 0, error: `system: ${url}\n` })
    expect(first.out).toContain('prod/orders: $900, shadow (the file says $500, shadow)')
    const second = await budgets('grant', 'prod/orders', '--usd', '300', '--until', until, ...reason)
    expect(second.out).toContain('prod/orders: $1200, shadow')
    const granted = `$300 more until ${until}, by arn:aws:iam::000000000000:user/local: incident 7`
    expect(second.out.replaceAll(/\s+/g, ' ')).toContain(granted)
    expect(Math.max(...second.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)

    const listed = await budgets('list', ...rest)
    expect(listed.out).toContain(`* limit $900 until ${until},`)
    const told = JSON.parse((await budgets('events', 'prod/orders', '--json', ...rest)).out)
    expect(told.events.map(({ what }: { what: string }) => what).sort()).toEqual(['grant', 'override'])
    expect((await budgets('events', 'prod/orders', ...rest)).out).toContain('usd 300')

    const cleared = await budgets('clear', 'prod/orders', ...reason)
    expect(cleared.out).toContain('prod/orders: $500, shadow')
    expect((await budgets('list', ...rest)).out).not.toContain('$900')
    expect((await budgets('events', 'prod/orders', ...rest)).out).not.toMatch(/^ *$\n/m)
  })

  it('passes on what the API says of a change that cannot be', async () => {
    const asked = ['--usd', '5', '--until', until, '--reason', 'why', '--url', url]
    const { code, error } = await budgets('grant', 'prod/odrers', ...asked)
    expect(code).toBe(1)
    expect(inOneLine(error)).toContain('nothing was spent by "prod/odrers"')
  })
})
