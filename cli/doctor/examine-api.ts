import * as z from 'zod'
import { MS_PER_HOUR } from '../../layers/core/time/instants.ts'
import { askExplore } from '../explore-api.ts'
import { messageOf } from '../message-of.ts'
import { readPrices } from '../prices/prices-client.ts'
import type { RunningSystem } from '../running-system.ts'
import { type Finding, fail } from './finding.ts'
import { type ApiAnswer, judgeApi, judgeClock } from './judge-api.ts'
import { judgePrices } from './judge-prices.ts'
import { judgeSpans } from './judge-spans.ts'

type Api = Pick<RunningSystem, 'url' | 'sign'>

const TIMEOUT_MS = 10_000
/** The API's own limit. */
const PRICES_MAX = 5_000

const spendSchema = z.object({ bookedUpTo: z.string().nullable() })

/** Asks the HTTP API of any system what it can tell of itself. `now`: epoch ms by this machine's clock. */
export async function examineApi(api: Api, now: () => number): Promise<readonly Finding[]> {
  let answer: ApiAnswer
  try {
    answer = await probe(api, now)
  } catch (error) {
    const advice = 'start it with "tollgate dev", or see that this machine reaches the address'
    return [fail('api', `no answer: ${messageOf(error)}`, advice)]
  }
  const first = [judgeApi(answer), judgeClock(answer)]
  if (answer.status !== 200) return first
  const rest = await Promise.all([
    examined('prices', () => prices(api)),
    examined('spans', () => spans(api, answer.date ?? answer.answeredAt)),
  ])
  return [...first, ...rest]
}

async function probe({ url, sign }: Api, now: () => number): Promise<ApiAnswer> {
  const question = new URL('/v1/budgets', url)
  const headers = { accept: 'application/json' }
  const signed = sign === undefined ? headers : await sign(question, headers)
  const askedAt = now()
  const response = await fetch(question, {
    headers: signed,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const answeredAt = now()
  await response.body?.cancel()
  const date = Date.parse(response.headers.get('date') ?? '')
  return { status: response.status, askedAt, answeredAt, date: Number.isNaN(date) ? undefined : date }
}

const prices = async ({ url, sign }: Api): Promise<Finding> =>
  judgePrices((await readPrices(url, [], PRICES_MAX, sign)).prices)

/** `at`: epoch ms, by the server's clock where it told. */
async function spans({ url, sign }: Api, at: number): Promise<Finding> {
  // not this hour alone: when it has just begun, nothing is in it yet
  const parameters = { from: String(at - MS_PER_HOUR), limit: '1' }
  const question = { path: '/v1/spend', parameters, schema: spendSchema }
  return judgeSpans((await askExplore(url, question, sign)).answer.bookedUpTo)
}

async function examined(part: string, examine: () => Promise<Finding>): Promise<Finding> {
  try {
    return await examine()
  } catch (error) {
    return fail(part, messageOf(error), 'read the log of the function explore-costs')
  }
}
