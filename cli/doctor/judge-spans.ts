import { type Finding, ok, warn } from './finding.ts'

/** Has anything been booked in the hours that were asked for? `bookedUpTo`: ISO 8601. */
export function judgeSpans(bookedUpTo: string | null): Finding {
  if (bookedUpTo !== null) return ok('spans', `booked up to ${bookedUpTo}`)
  return warn('spans', 'none in an hour', 'send some (docs/sending-spans.md), or one by "tollgate smoke"')
}
