import * as z from 'zod'
import type { QueryFault } from './spend-query.ts'

/** What `GET /v1/prices` asks. */
export interface PricesQuery {
  readonly words: readonly string[]
  /** Most prices to answer with. */
  readonly limit: number
}

const WORDS_MAX = 10
const PRICES_DEFAULT = 100
/** About 500 bytes each; an answer of a Lambda holds 6 MB. */
const PRICES_MAX = 5_000

const querySchema = z.strictObject({
  words: z
    .string()
    .max(400)
    .transform((text) => text.split(/[\s,]+/).filter((word) => word !== ''))
    .pipe(z.array(z.string()).max(WORDS_MAX))
    .default([]),
  limit: z.coerce.number().int().min(1).max(PRICES_MAX).default(PRICES_DEFAULT),
})

const WHAT_TO_WRITE: Readonly<Record<string, string>> = {
  words: `write at most ${WORDS_MAX} words with blanks between, for instance "lambda arm64"`,
  limit: `write a whole number from 1 to ${PRICES_MAX}`,
}

/** Reads the parameters of `GET /v1/prices`: `words`, `limit`. Answers with what is wrong where something is. */
export function parsePricesQuery(
  parameters: Readonly<Record<string, string>>,
): { readonly query: PricesQuery } | { readonly faults: readonly QueryFault[] } {
  const parsed = querySchema.safeParse(parameters)
  if (parsed.success) return { query: parsed.data }
  return {
    faults: parsed.error.issues.slice(0, 5).map((issue) => {
      const parameter = issue.code === 'unrecognized_keys' ? issue.keys[0] : issue.path[0]
      return {
        parameter: String(parameter).slice(0, 40),
        detail: WHAT_TO_WRITE[String(parameter)] ?? 'there is no such parameter; there are words, limit',
      }
    }),
  }
}
