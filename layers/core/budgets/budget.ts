import * as z from 'zod'
import { exemptionSchema } from '../flags/exemption-schema.ts'
import { ownRuleSchema } from './own-rule.ts'

/** A smoothing factor in (0, 1], with at most four decimals. */
const alpha = z.number().gt(0).max(1)

/** An amount of USD for people to write. */
export const usdSchema = z.string().regex(/^\d{1,12}(\.\d{1,12})?$/, 'write it as "500" or "12.50"')

export const modeSchema = z.enum(['shadow', 'enforce'])

/** Each is judged every minute, and has a memory of its own. */
const RULES_MAX = 10
/** Operations of one budget that are never throttled. */
const EXEMPTIONS_MAX = 20

/**
 * A limit over a period, with its rules, for each service that it names; a service's limit is its own, it shares it with no other.
 * The defaults are the design's: the article's slow rule (EMA of rolling spend, alpha 0.1, 3 windows) and the fast rule
 * that tells a runaway from a crowd.
 */
export const budgetSchema = z
  .strictObject({
    /** For people: why the budget is as it is. */
    comment: z.string().max(1000).optional(),
    /** A service identity, or a pattern: `*` stands for any characters (`prod/*`). */
    service: z.string().min(1).max(255).optional(),
    /** Every service of this environment: `prod`. */
    environment: z.string().min(1).max(100).optional(),
    /** Every service of this team, as the configuration's `teams` say. */
    team: z.string().min(1).max(100).optional(),
    /** USD over the period, a decimal string. */
    limitUsd: usdSchema.default('500'),
    /** The last `periodHours`, or the running calendar day or month in UTC. */
    period: z.enum(['rolling', 'day', 'month']).default('rolling'),
    /** Length of a rolling period. */
    periodHours: z.int().min(1).max(24).default(24),
    /** `shadow` judges and records, and publishes nothing. */
    mode: modeSchema.default('shadow'),
    /** Share of the limit at which an alert is sent. */
    alertAtShare: z.number().gt(0).max(10).default(0.8),
    /** The slow rule: EMA of rolling spend above the limit for so many consecutive windows. */
    slow: z.strictObject({ alpha: alpha.default(0.1), windows: z.int().min(1).max(60).default(3) }).prefault({}),
    /**
     * The fast rule: burn at `pace` times the budget's pace over the last `longMinutes`, and over the last `shortMinutes` too, so
     * that it is still going on; and unit cost or work ratio at `ratio` times its baseline, or the money left gone within
     * `exhaustionMinutes`. `alpha`: of the average burn by which people are warned, and a throttle is seen to be over.
     */
    fast: z
      .strictObject({
        alpha: alpha.default(0.5),
        shortMinutes: z.int().min(1).max(60).default(1),
        longMinutes: z.int().min(1).max(60).default(5),
        pace: z.number().min(1).max(1000).default(3),
        ratio: z.number().min(1).max(1000).default(2),
        exhaustionMinutes: z.int().min(0).max(1440).default(10),
      })
      .refine(({ shortMinutes, longMinutes }) => shortMinutes <= longMinutes, {
        path: ['shortMinutes'],
        error: 'the short window is part of the long one: write at most "longMinutes"',
      })
      .prefault({}),
    /** More rules of this budget. */
    rules: z.array(ownRuleSchema).max(RULES_MAX).default([]),
    /** The admitted fraction never falls below it. */
    floor: z.number().min(0).max(1).default(0.01),
    /** Operations that are never throttled: health checks, payments. */
    exempt: z.array(exemptionSchema).max(EXEMPTIONS_MAX).default([]),
  })
  .refine(
    ({ service, environment, team }) => [service, environment, team].filter((who) => who !== undefined).length === 1,
    'say whose budget it is with one of "service", "environment" and "team"',
  )

export type Budget = z.infer<typeof budgetSchema>
