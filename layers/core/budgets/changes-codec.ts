import * as z from 'zod'
import type { EpochMs } from '../time/instants.ts'
import { modeSchema, usdSchema } from './budget.ts'
import type { ServiceChanges } from './change.ts'

const epochMs = z.int().transform((at) => at as EpochMs)
const signed = { until: epochMs, reason: z.string(), by: z.string(), at: epochMs }

const changesSchema = z.object({
  service: z.string(),
  override: z.object({ limitUsd: usdSchema.optional(), mode: modeSchema.optional(), ...signed }).nullable(),
  grants: z.array(z.object({ usd: usdSchema, ...signed })),
  version: z.int(),
})

export const encodeChanges = (changes: ServiceChanges): string => JSON.stringify(changes)

/**
 * The changes that `encodeChanges` wrote.
 * @throws ZodError, SyntaxError for any other text
 */
export const decodeChanges = (text: string): ServiceChanges => changesSchema.parse(JSON.parse(text))
