import pMap from 'p-map'
import * as z from 'zod'
import type { SignGet, SignRequest } from '../../layers/adapters/request-signer.ts'
import { budgetEventSchema } from '../../layers/core/budgets/budget-event.ts'
import type { ReplayMinute } from '../../layers/core/budgets/replay.ts'
import { SMOKE_SERVICE } from '../../layers/core/identity/smoke-service.ts'
import { parseUsd } from '../../layers/core/money/picodollars.ts'
import type { EpochMs, Minute } from '../../layers/core/time/instants.ts'
import { askExplore, sendExplore } from '../explore-api.ts'

const decimal = z.string().regex(/^-?\d{1,30}(\.\d{1,12})?$/)

const standingSchema = z.object({
  service: z.string(),
  mode: z.enum(['shadow', 'enforce']),
  phase: z.string(),
  admit: z.number(),
  usedPercent: z.number().nullable(),
  reason: z.string(),
  judgedUpTo: z.string().nullable(),
  figures: z.object({ limitUsd: decimal, rollingUsd: decimal, pace: z.number() }),
  changes: z.array(z.string()),
})
export type Standing = z.infer<typeof standingSchema>

const eventSchema = budgetEventSchema.extend({ at: z.string() })
export type ToldEvent = z.infer<typeof eventSchema>

const signed = { until: z.string(), reason: z.string(), by: z.string(), at: z.string() }
const budget = z.object({ limitUsd: decimal, mode: z.string() })
const changedSchema = z.object({
  service: z.string(),
  file: budget,
  effective: budget,
  override: z.object({ limitUsd: decimal.optional(), mode: z.string().optional(), ...signed }).nullable(),
  grants: z.array(z.object({ usd: decimal, ...signed })),
})
export type ChangedBudget = z.infer<typeof changedSchema>

const minutesSchema = z.object({
  minutes: z.array(z.tuple([z.int(), decimal, z.number(), z.number()])),
})

const standingsSchema = z.object({ budgets: z.array(standingSchema) })

/** How every budget stands but the smoke test's, as `GET /v1/budgets` tells. Throws what askExplore throws. */
export async function readStandings(base: URL, sign: SignGet | undefined): Promise<readonly Standing[]> {
  const question = { path: '/v1/budgets', parameters: {}, schema: standingsSchema }
  return (await askExplore(base, question, sign)).answer.budgets
}

/** How the smoke test's own budget stands; undefined before its first judgement. Throws what askExplore throws. */
export async function readSmokeStanding(base: URL, sign: SignGet | undefined): Promise<Standing | undefined> {
  const question = { path: '/v1/budgets', parameters: { smoke: 'true' }, schema: standingsSchema }
  const { budgets } = (await askExplore(base, question, sign)).answer
  return budgets.find(({ service }) => service === SMOKE_SERVICE)
}

/** What was decided about a budget, newest first. Throws what askExplore throws. */
export async function readEvents(
  base: URL,
  service: string,
  limit: number,
  sign: SignGet | undefined,
): Promise<readonly ToldEvent[]> {
  const schema = z.object({ events: z.array(eventSchema) })
  const parameters = { service, limit: String(limit) }
  return (await askExplore(base, { path: '/v1/budgets/events', parameters, schema }, sign)).answer.events
}

/** Sends a change of a budget; `change` is as `POST /v1/budgets/changes` takes it. Throws what sendExplore throws. */
export async function sendChange(base: URL, change: object, sign: SignRequest | undefined): Promise<ChangedBudget> {
  return (await sendExplore(base, { path: '/v1/budgets/changes', body: change, schema: changedSchema }, sign)).answer
}

/** A question covers so much, and so many are asked side by side. */
const QUESTION_MS = 48 * 3_600_000
const QUESTIONS_AT_ONCE = 4

/** A service's minutes of [from, to), in which anything happened. Throws what askExplore throws. */
export async function readMinutes(
  base: URL,
  service: string,
  from: EpochMs,
  to: EpochMs,
  sign: SignGet | undefined,
): Promise<ReadonlyMap<Minute, ReplayMinute>> {
  const starts = Array.from({ length: Math.ceil((to - from) / QUESTION_MS) }, (_, n) => from + n * QUESTION_MS)
  const answers = await pMap(
    starts,
    (start) => {
      const end = Math.min(start + QUESTION_MS, to)
      const parameters = { service, from: String(start), to: String(end) }
      return askExplore(base, { path: '/v1/minutes', parameters, schema: minutesSchema }, sign)
    },
    { concurrency: QUESTIONS_AT_ONCE },
  )
  const minutes = answers.flatMap(({ answer }) => answer.minutes)
  return new Map(
    minutes.map(([window, usd, requests, frontDoor]) => [
      window as Minute,
      { spent: parseUsd(usd), requests, frontDoor },
    ]),
  )
}
