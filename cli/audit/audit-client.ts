import * as z from 'zod'
import type { SignGet } from '../../layers/adapters/request-signer.ts'
import type { AuditReport } from '../../layers/core/ledger/audit.ts'
import { askExplore } from '../explore-api.ts'

const schema = z.object({
  checked: z.int(),
  spans: z.object({ booked: z.int(), parked: z.int(), uncharged: z.int() }),
  topic: z
    .object({
      records: z.int(),
      spans: z.int(),
      dead: z.int(),
      diedAgain: z.int(),
      copies: z.int(),
      inLetters: z.int(),
      isWhole: z.boolean(),
    })
    .nullable(),
  violations: z.array(z.object({ identity: z.enum(['money', 'spans', 'letters']), what: z.string() })),
  lines: z.array(
    z.object({
      service: z.string(),
      hour: z.string(),
      booked: z.int(),
      parked: z.int(),
      uncharged: z.int(),
      usdByMinute: z.string(),
      usdByOperation: z.string(),
      inTopic: z.int().nullable(),
    }),
  ),
})

/** Asks a running system for `GET /v1/audit` with these parameters. Throws what askExplore throws. */
export async function readAudit(
  base: URL,
  parameters: Readonly<Record<string, string>>,
  sign: SignGet | undefined,
): Promise<AuditReport> {
  return (await askExplore(base, { path: '/v1/audit', parameters, schema }, sign)).answer
}
