import * as z from 'zod'
import type { Picodollars } from '../money/picodollars.ts'
import type { Day } from '../time/days.ts'
import type { EpochMs, Hour, Minute } from '../time/instants.ts'
import type { BudgetState } from './state.ts'

/** Version of the shape below; every stored state carries it. */
const STATE_VERSION = 1

const bigint = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt)
const money = bigint.transform((amount) => amount as Picodollars)
const ruleSchema = z
  .object({ ema: bigint.optional(), over: z.int(), under: z.int(), firing: z.boolean() })
  .transform((rule) => ({
    ...rule,
    ema: rule.ema,
  }))
const day = z.int().transform((number) => number as Day)
const minute = z.int().transform((number) => number as Minute)
const hour = z.int().transform((number) => number as Hour)
const counts = z.record(z.string(), z.int())
const baselineSchema = z.object({
  days: z.record(z.string(), counts),
  weekly: z
    .object({ hour, counts, odd: z.record(z.string(), z.object({ bucket: z.int(), since: hour, last: hour })) })
    .optional(),
})

const phase = z.enum(['within', 'warned', 'throttled', 'releasing'])
const mode = z.enum(['shadow', 'enforce'])

const stateSchema = z.object({
  v: z.literal(STATE_VERSION),
  service: z.string(),
  closed: z.int().transform((minute) => minute as Minute),
  hours: z.array(z.object({ hour, cost: money })),
  days: z.array(z.object({ day, cost: money })).optional(),
  phase,
  admit: z.number(),
  admitBefore: z.number(),
  mode,
  slow: ruleSchema,
  fast: ruleSchema,
  own: z
    .array(
      z
        .object({
          rule: z.string(),
          average: z.number().optional(),
          over: z.int(),
          under: z.int(),
          firing: z.boolean(),
        })
        .transform((rule) => ({ ...rule, average: rule.average })),
    )
    .optional(),
  unitCost: baselineSchema,
  workRatio: baselineSchema,
  figures: z.object({
    limitUsd: z.string(),
    rollingUsd: z.string(),
    emaUsd: z.string(),
    windowUsd: z.string(),
    pace: z.number(),
    unitCostRatio: z.number().nullable(),
    workRatio: z.number().nullable(),
    minutesLeft: z.number().nullable(),
    complete: z.boolean(),
  }),
  reason: z.string(),
  since: z.number().transform((ms) => ms as EpochMs),
  heldSince: z
    .number()
    .transform((ms) => ms as EpochMs)
    .nullable(),
  version: z.int(),
  turned: z.object({ from: z.object({ phase, mode, heldBack: z.string().optional() }), version: z.int() }).optional(),
  early: z.object({ window: minute, spent: money, newest: minute }).optional(),
  requests: z.number().optional(),
  refusedSince: z
    .number()
    .transform((ms) => ms as EpochMs)
    .optional(),
  heldBack: z.string().optional(),
})

/** A state as JSON text: bigints as decimal strings. */
export function encodeState(state: BudgetState): string {
  return JSON.stringify({ v: STATE_VERSION, ...state }, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}

/**
 * The state that `encodeState` wrote.
 * @throws ZodError for any other text
 */
export function decodeState(text: string): BudgetState {
  const { v: _, ...state } = stateSchema.parse(JSON.parse(text))
  return state
}
