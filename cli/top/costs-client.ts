import * as z from 'zod'
import type { SignGet } from '../../layers/adapters/request-signer.ts'
import { askExplore } from '../explore-api.ts'

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
      hour: z.string().optional(),
      usd: decimal,
      count: z.number(),
    }),
  ),
  others: z.object({ lines: z.int(), usd: decimal }),
  coverage: z.object({
    share: z.number().nullable(),
    /** Spans that wait for a price; one that waits for two prices is one. */
    parked: z.number(),
    unmetered: z.array(z.object({ attribute: z.string(), spans: z.number() })),
  }),
  /** Not in the answer of a system of a version before it. */
  leftOut: z.object({ service: z.string(), usd: decimal }).nullable().optional(),
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
  /** The whole answers, for `--json`. */
  readonly raw: { readonly spend: unknown; readonly budgets: unknown }
}

/** What is asked for. */
export interface CostsQuestion {
  /** What spend is told apart by, as `GET /v1/spend` takes it. */
  readonly by: string
  /** Most lines. */
  readonly limit: number
  /** Whether the service of `tollgate smoke` is among them. */
  readonly smoke: boolean
}

/** Asks the explore API at `base` for the current hour's spend and for the budgets. Throws what askExplore throws. */
export async function readCosts(base: URL, question: CostsQuestion, sign: SignGet | undefined): Promise<Costs> {
  const { by, limit, smoke } = question
  const also: Readonly<Record<string, string>> = smoke ? { smoke: 'true' } : {}
  const parameters = { by, limit: String(limit), ...also }
  const [spend, budgets] = await Promise.all([
    askExplore(base, { path: '/v1/spend', parameters, schema: spendSchema }, sign),
    askExplore(base, { path: '/v1/budgets', parameters: also, schema: budgetsSchema }, sign),
  ])
  return {
    spend: spend.answer,
    budgets: budgets.answer.budgets,
    raw: { spend: spend.raw, budgets: budgets.raw },
  }
}
