import * as z from 'zod'
import type { QueryFault } from './spend-query.ts'

const EVENTS_MAX = 500

const querySchema = z.strictObject({
  service: z.string().min(1).max(400),
  limit: z.coerce.number().int().min(1).max(EVENTS_MAX).default(50),
})

/** Reads the parameters of `GET /v1/budgets/events`: `service`, `limit`. Answers with what is wrong where something is. */
export function parseEventsQuery(
  parameters: Readonly<Record<string, string>>,
): { readonly query: z.infer<typeof querySchema> } | { readonly faults: readonly QueryFault[] } {
  const parsed = querySchema.safeParse(parameters)
  if (parsed.success) return { query: parsed.data }
  const detail = `write a service identity as "service", and as "limit" a whole number from 1 to ${EVENTS_MAX}`
  return { faults: parsed.error.issues.slice(0, 5).map(({ path }) => ({ parameter: String(path[0] ?? ''), detail })) }
}
