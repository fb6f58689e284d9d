import * as z from 'zod'
import type { SignGet } from '../../layers/adapters/request-signer.ts'
import type { CoverageReport } from '../../layers/core/explain/coverage.ts'
import type { Sku } from '../../layers/core/rating/usage.ts'
import { askExplore } from '../explore-api.ts'

const sku = z.string().transform((text) => text as Sku)
const share = z.number().nullable()

const schema = z.object({
  from: z.string().nullable(),
  to: z.string().nullable(),
  share,
  services: z.array(
    z.object({
      service: z.string(),
      booked: z.int(),
      parked: z.int(),
      unmetered: z.int(),
      inner: z.int(),
      noMeter: z.int(),
      share,
      meters: z.array(z.object({ meter: z.string(), rated: z.int().nullable(), unmetered: z.int() })),
      missing: z.array(
        z.object({
          attribute: z.string(),
          spans: z.int(),
          meter: z.string(),
          where: z.enum(['call', 'environment', 'code', 'configuration']),
          line: z.string(),
        }),
      ),
      waiting: z.array(z.object({ sku, spans: z.int(), line: z.string().nullable() })),
    }),
  ),
})

/** Asks a running system for `GET /v1/coverage` with these parameters. Throws what askExplore throws. */
export async function readCoverage(
  base: URL,
  parameters: Readonly<Record<string, string>>,
  sign: SignGet | undefined,
): Promise<CoverageReport> {
  return (await askExplore(base, { path: '/v1/coverage', parameters, schema }, sign)).answer
}
