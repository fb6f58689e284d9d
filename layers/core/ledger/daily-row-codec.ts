import * as z from 'zod'
import type { Picodollars } from '../money/picodollars.ts'
import type { Sku } from '../rating/usage.ts'
import type { Day } from '../time/days.ts'
import type { EpochMs } from '../time/instants.ts'
import type { DailyRow } from './daily-row.ts'

const amount = z
  .string()
  .regex(/^\d{1,38}$/)
  .transform((text) => BigInt(text))

const totalsSchema = z.object({
  cost: amount.transform((cost) => cost as Picodollars),
  entryRequests: z.number(),
  operations: z
    .array(z.tuple([z.string(), amount, z.number()]))
    .transform((list) => list.map(([operation, cost, spans]) => ({ operation, cost: cost as Picodollars, spans }))),
  usage: z
    .array(z.tuple([z.string(), amount]))
    .transform((list) => list.map(([sku, quantity]) => ({ sku: sku as Sku, quantity }))),
  outcomes: z
    .array(z.tuple([z.string(), z.number()]))
    .transform((list) => list.map(([outcome, spans]) => ({ outcome, spans }))),
  bookedUpTo: z.number().transform((at) => at as EpochMs),
})

/** What a daily row holds beside its key, as JSON with big integers in decimal; equal rows give equal texts. */
export function encodeTotals({ cost, entryRequests, operations, usage, outcomes, bookedUpTo }: DailyRow): string {
  return JSON.stringify({
    cost: cost.toString(),
    entryRequests,
    operations: operations.map((total) => [total.operation, total.cost.toString(), total.spans]),
    usage: usage.map(({ sku, quantity }) => [sku, quantity.toString()]),
    outcomes: outcomes.map(({ outcome, spans }) => [outcome, spans]),
    bookedUpTo,
  })
}

/** The daily row of these totals. @throws ZodError, SyntaxError for a text that `encodeTotals` has not written */
export function decodeTotals(service: string, day: Day, commit: string, text: string): DailyRow {
  return { service, day, commit, ...totalsSchema.parse(JSON.parse(text)) }
}
