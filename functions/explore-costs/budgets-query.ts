import * as z from 'zod'
import { SMOKE_SERVICE } from '../../layers/core/identity/smoke-service.ts'
import type { QueryFault } from './spend-query.ts'

const querySchema = z.strictObject({ smoke: z.enum(['true', 'false']).default('false') })

const DETAIL = 'write true as "smoke", and the smoke test is a service as any other; there is no other parameter'

/**
 * Reads the parameters of `GET /v1/budgets`: `smoke`. The service of `tollgate smoke` is left out where it is not asked for, as it
 * is of `GET /v1/spend`: it is a test's, not anybody's. Answers with what is wrong where something is.
 */
export function parseBudgetsQuery(
  parameters: Readonly<Record<string, string>>,
): { readonly leavesOut: string | undefined } | { readonly faults: readonly QueryFault[] } {
  const parsed = querySchema.safeParse(parameters)
  if (parsed.success) return { leavesOut: parsed.data.smoke === 'true' ? undefined : SMOKE_SERVICE }
  const faulty = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0] ?? '')],
  )
  return { faults: faulty.slice(0, 5).map((parameter) => ({ parameter: parameter.slice(0, 40), detail: DETAIL })) }
}
