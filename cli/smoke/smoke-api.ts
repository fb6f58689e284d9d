import * as z from 'zod'
import { SMOKE_SERVICE } from '../../layers/core/identity/smoke-service.ts'
import { MS_PER_HOUR } from '../../layers/core/time/instants.ts'
import { readEvents, readSmokeStanding, sendChange } from '../budgets/budgets-client.ts'
import { askExplore } from '../explore-api.ts'
import type { RunningSystem } from '../running-system.ts'
import type { SmokePorts } from './run-smoke.ts'

const EVENTS = 20
/** Below the span's cent. */
const LIMIT_USD = '0.001'
/** The lowered limit ends by itself where nobody takes it back. */
const LOWERED_MS = 15 * 60_000

const spendSchema = z.object({ lines: z.array(z.object({ commit: z.string(), usd: z.string() })) })
const removedSchema = z.object({ removed: z.int() })

/** What a smoke test asks of a system's API. `now`: epoch ms. */
export function smokeApi(
  { url, sign }: Pick<RunningSystem, 'url' | 'sign'>,
  now: () => number,
): Pick<SmokePorts, 'readSpend' | 'lowerLimit' | 'readEvents' | 'readStanding' | 'restoreLimit'> {
  const change = async (asked: object): Promise<void> =>
    void (await sendChange(url, { service: SMOKE_SERVICE, reason: 'tollgate smoke', ...asked }, sign))
  return {
    readSpend: async (mark) => {
      // Both hours, where the test runs across their border.
      const time = { from: String(now() - MS_PER_HOUR), to: String(now() + MS_PER_HOUR) }
      const parameters = { service: SMOKE_SERVICE, by: 'commit', limit: '1000', ...time }
      const { answer } = await askExplore(url, { path: '/v1/spend', parameters, schema: spendSchema }, sign)
      return answer.lines.find(({ commit }) => commit === mark)?.usd
    },
    lowerLimit: () => {
      const until = new Date(now() + LOWERED_MS).toISOString()
      return change({ change: 'override', limitUsd: LIMIT_USD, mode: 'shadow', until })
    },
    readEvents: () => readEvents(url, SMOKE_SERVICE, EVENTS, sign),
    readStanding: () => readSmokeStanding(url, sign),
    restoreLimit: () => change({ change: 'clear' }),
  }
}

/** Takes the rows out of a local system's ledger, which has a route for it; undefined where the system has none. */
export async function removeRowsLocally(url: URL): Promise<number | undefined> {
  const response = await fetch(new URL('/v1/smoke', url), { method: 'DELETE', redirect: 'error' })
  const body = removedSchema.safeParse(await response.json().catch(() => undefined))
  return response.ok && body.success ? body.data.removed : undefined
}
