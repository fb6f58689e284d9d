import { z } from 'zod'
import type { SignGet } from '../../layers/adapters/request-signer.ts'
import { messageOf } from '../message-of.ts'

/** The explore API gave no answer that can be shown; the message says what to do. */
class NoCosts extends Error {
  override readonly name = 'NoCosts'
}

const decimal = z.string().regex(/^-?\d{1,30}(\.\d{1,12})?$/)

const spendSchema = z.object({
  from: z.string(),
  to: z.string(),
  totalUsd: decimal,
  lines: z.array(
    z.object({
      service: z.string(),
      commit: z.string().optional(),
      operation: z.string().optional(),
      usd: decimal,
      count: z.number(),
    }),
  ),
  others: z.object({ lines: z.int(), usd: decimal }),
  parked: z.array(z.object({ service: z.string(), sku: z.string(), quantity: z.string(), spans: z.number() })),
  coverage: z.object({ unmetered: z.array(z.object({ attribute: z.string(), spans: z.number() })) }),
  bookedUpTo: z.string().nullable(),
})

const budgetsSchema = z.object({
  budgets: z.array(
    z.object({
      service: z.string(),
      mode: z.enum(['shadow', 'enforce']),
      phase: z.string(),
      admit: z.number(),
      usedPercent: z.number().nullable(),
      judgedUpTo: z.string().nullable(),
      figures: z.object({ limitUsd: decimal, rollingUsd: decimal, pace: z.number() }),
      flag: z.object({ admit: z.number(), until: z.string() }).nullable(),
    }),
  ),
})

/** What `top` shows: the current hour's spend and how every budget stands. */
export interface Costs {
  readonly spend: z.infer<typeof spendSchema>
  readonly budgets: z.infer<typeof budgetsSchema>['budgets']
  /** Both answers as they came. */
  readonly raw: { readonly spend: unknown; readonly budgets: unknown }
}

const TIMEOUT_MS = 10_000

/**
 * Asks the explore API at `base` for the current hour's spend, told apart by `by` (as `GET /v1/spend` takes it), and for
 * the budgets. @throws NoCosts
 */
export async function readCosts(base: URL, by: string, limit: number, sign: SignGet | undefined): Promise<Costs> {
  const spendUrl = new URL(`${base.pathname.replace(/\/$/, '')}/v1/spend`, base)
  spendUrl.searchParams.set('by', by)
  spendUrl.searchParams.set('limit', String(limit))
  const budgetsUrl = new URL(`${base.pathname.replace(/\/$/, '')}/v1/budgets`, base)
  const [spend, budgets] = await Promise.all([getJson(spendUrl, sign), getJson(budgetsUrl, sign)])
  return {
    spend: parsed(spendSchema, spend, spendUrl),
    budgets: parsed(budgetsSchema, budgets, budgetsUrl).budgets,
    raw: { spend, budgets },
  }
}

async function getJson(url: URL, sign: SignGet | undefined): Promise<unknown> {
  try {
    const headers = { accept: 'application/json' }
    const response = await fetch(url, {
      headers: sign === undefined ? headers : await sign(url, headers),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const body: unknown = await response.json()
    if (response.ok) return body
    throw new NoCosts(`${url.origin} answered ${response.status}: ${detailOf(body)}`)
  } catch (error) {
    if (error instanceof NoCosts) throw error
    const advice = 'start the system with "tollgate dev", or give the address of a running one with --url'
    throw new NoCosts(`no costs from ${url.origin} (${messageOf(error)}): ${advice}`)
  }
}

const problemSchema = z.object({ detail: z.string() }).or(z.object({ message: z.string() }))

function detailOf(body: unknown): string {
  const problem = problemSchema.safeParse(body)
  if (!problem.success) return 'no reason given'
  return 'detail' in problem.data ? problem.data.detail : problem.data.message
}

function parsed<T>(schema: z.ZodType<T>, body: unknown, url: URL): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw new NoCosts(`${url.origin} is no explore API of Tollgate: its ${url.pathname} answers something else`)
}
