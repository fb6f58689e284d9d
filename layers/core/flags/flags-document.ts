import * as z from 'zod'
import type { EpochMs } from '../time/instants.ts'
import { exemptionSchema } from './exemption-schema.ts'
import type { Flag, FlagsDocument } from './flag.ts'

/** 10,000 flags of at most 4 KB each: a gate holds them in 40 MB. */
const FLAGS_MAX = 10_000

const epochMs = z
  .int()
  .min(0)
  .transform((at) => at as EpochMs)

const flagSchema = z.object({
  service: z.string().min(1).max(400),
  admit: z.number().min(0).max(1),
  reason: z.string().max(1500),
  until: epochMs,
  since: epochMs,
  version: z.int().min(0),
  // An exemption that a later version writes otherwise is left out: it must not disarm the flag.
  exempt: z
    .array(z.unknown())
    .max(20)
    .transform((patterns) => patterns.flatMap((pattern) => exemptionSchema.safeParse(pattern).data ?? []))
    .optional(),
})

const documentSchema = z.object({ flags: z.array(z.unknown()).max(FLAGS_MAX) })

/**
 * The flags document as JSON: flags that have not expired, by service, keys in a fixed order, so that the same flags are
 * the same bytes, and a hash of the bytes is a strong validator (RFC 9110, 8.8.1).
 */
export function writeFlagsDocument(flags: readonly Flag[], now: EpochMs): string {
  const holding = flags
    .filter((flag) => now < flag.until)
    .sort((a, b) => (a.service < b.service ? -1 : a.service > b.service ? 1 : 0))
    .map(({ service, admit, reason, until, since, version, exempt }) => ({
      ...{ service, admit, reason, until, since, version },
      ...(exempt !== undefined && exempt.length > 0 && { exempt }),
    }))
  return JSON.stringify({ flags: holding } satisfies FlagsDocument)
}

/**
 * Reads a flags document that came from outside; undefined where it is none. One flag that cannot be read must not
 * disarm the others: it is left out, and counted. Fields that a later version adds are left out, too.
 */
export function readFlagsDocument(json: unknown): { readonly flags: Flag[]; readonly unreadable: number } | undefined {
  const document = documentSchema.safeParse(json)
  if (!document.success) return undefined
  const read = document.data.flags.map((flag) => flagSchema.safeParse(flag))
  const flags = read.flatMap((flag) => (flag.success ? [flag.data] : []))
  return { flags, unreadable: read.length - flags.length }
}
