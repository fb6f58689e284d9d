import type { Span } from '../../otlp/span.ts'
import type { Charge } from '../charge.ts'
import type { ServiceRules } from '../rating-context.ts'

/**
 * A service's own price for a millisecond of its entry spans: EC2, EKS, and anything else that is neither Lambda nor
 * Fargate. Source: `rates` of the configuration.
 *
 *   rate/<service>/<operation>     duration, ns, exact     where that operation has a rate
 *   rate/<service>/*               duration, ns, exact     all others, whether or not a rate is set yet: it waits for one
 *
 * Where service `*` has the rate, `*` stands for <service>.
 */
export function rateOwn(span: Span, operation: string, rules: ServiceRules): Charge {
  const sku = rules.rateOf.get(operation) ?? rules.rateOfOthers
  return { rule: 'entry', usage: [{ sku, quantity: span.durationNs }], unmetered: [], assumed: [] }
}

/** Has somebody set a rate under which this operation falls? */
export const hasOwnRate = (operation: string, rules: ServiceRules): boolean =>
  rules.hasRateOfOthers || rules.rateOf.has(operation)
