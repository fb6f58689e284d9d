import { operationOf } from '../operation/operation.ts'
import { SPAN_KIND, type Span } from '../otlp/span.ts'
import { DECLARED_SKU } from '../prices/sku.ts'
import type { Charge } from './charge.ts'
import { type Declared, declaredCost } from './declared.ts'
import { isEntry, isFargate, isFrontDoor, isLambda, isProviderCall } from './entry-span.ts'
import { rateFargate } from './raters/fargate.ts'
import { rateFrontDoor } from './raters/front-door.ts'
import { rateLambda } from './raters/lambda.ts'
import { isModelCall, rateModelCall } from './raters/model-call.ts'
import { hasOwnRate, rateOwn } from './raters/own-rate.ts'
import { apiNameOf, isModelMethod, rateProviderCall } from './raters/provider-call.ts'
import type { RatingContext, ServiceRules } from './rating-context.ts'
import { weightOf } from './sampling.ts'
import type { RatedSpan, UnchargedReason, Usage } from './usage.ts'

/**
 * What a span used of priced things, and by which rule it is charged or why not: a function of the span, its resource and the
 * settings alone, so that no order or split of a trace into records changes it. Needs no price. Never throws.
 * Quantities are non-negative safe integers in each SKU's quantum (prices/sku.ts), before the sampling weight.
 */
export function rateSpan(span: Span, context: RatingContext): RatedSpan {
  const operation = operationOf(span)
  const rules = context.rulesOf(span.resource.service)
  const call = callCharge(span, context)
  const entry = isEntry(span, call !== undefined)
  const compute = entry ? computeCharges(span, operation, rules, context) : []
  const rated = call === undefined ? compute : [call]
  const declared = declaredCost(span.attributes, call?.rule === 'model-call', context.maxDeclared)
  const charges = isCovered(rated, operation, rules) ? rated : withDeclared(rated, declared)
  return {
    ...summed(charges, call !== undefined),
    operation,
    entry,
    frontDoor: isFrontDoor(span),
    ...weightOf(span, context.settings.maxTrustedWeight, rules.spansPerSpan),
  }
}

/** The charge of a call of an AWS API or of a model; undefined where the span is neither. One span is charged as one of them. */
function callCharge(span: Span, context: RatingContext): Charge | undefined {
  if (span.kind === SPAN_KIND.server) return undefined
  if (isProviderCall(span)) {
    const api = apiNameOf(span)
    return isModelMethod(api) ? rateModelCall(span, context) : rateProviderCall(span, api, context)
  }
  return isModelCall(span, context) ? rateModelCall(span, context) : undefined
}

/** What an entry span used of the machine it ran on, and of what stands before it. */
function computeCharges(span: Span, operation: string, rules: ServiceRules, context: RatingContext): readonly Charge[] {
  const compute = machineCharge(span, operation, rules, context)
  if (rules.deployment === undefined) return [compute]
  const before = rateFrontDoor(span, context, rules.deployment)
  return before === undefined ? [compute] : [compute, before]
}

function machineCharge(span: Span, operation: string, rules: ServiceRules, context: RatingContext): Charge {
  const resource = span.resource.attributes
  if (isLambda(resource)) return rateLambda(span, context, rules.deployment)
  if (isFargate(resource)) return rateFargate(span, context, rules.deployment)
  return rateOwn(span, operation, rules)
}

/** Does anything here rate the span, so that what it declares does not count? An own rate that nobody has set yet does not: its usage only waits for one. */
export const isRatedHere = (usage: readonly Usage[], operation: string, rules: ServiceRules): boolean =>
  usage.some(({ sku }) => sku !== DECLARED_SKU && (!sku.startsWith('rate/') || hasOwnRate(operation, rules)))

const isCovered = (charges: readonly Charge[], operation: string, rules: ServiceRules): boolean =>
  charges.some(({ usage }) => isRatedHere(usage, operation, rules))

/** The declared cost instead of what nothing here can rate; what is unmetered stays named. */
function withDeclared(charges: readonly Charge[], declared: Declared): readonly Charge[] {
  if (declared.kind === 'none') return charges
  if (declared.kind === 'refused') {
    return [...charges, { rule: 'declared', usage: [], unmetered: [declared.attribute], assumed: [] }]
  }
  const usage = [{ sku: DECLARED_SKU, quantity: declared.picodollars }]
  return [
    ...charges.map((charge) => ({ ...charge, usage: [] })),
    { rule: 'declared', usage, unmetered: [], assumed: [] },
  ]
}

function summed(
  charges: readonly Charge[],
  isCall: boolean,
): Pick<RatedSpan, 'rules' | 'usage' | 'uncharged' | 'unmetered' | 'assumed'> {
  const usage: Usage[] = []
  const unmetered: string[] = []
  const assumed: string[] = []
  const rules = new Set<Charge['rule']>()
  for (const charge of charges) {
    for (const used of charge.usage) {
      if (Number.isSafeInteger(used.quantity) && used.quantity >= 0) usage.push(used)
      else unmetered.push(used.sku)
    }
    if (charge.usage.length > 0) rules.add(charge.rule)
    unmetered.push(...charge.unmetered)
    assumed.push(...charge.assumed)
  }
  return {
    rules: [...rules],
    usage,
    unmetered,
    assumed,
    uncharged: usage.length > 0 ? undefined : reasonOf(unmetered, isCall),
  }
}

function reasonOf(unmetered: readonly string[], isCall: boolean): UnchargedReason {
  const attribute = unmetered[0]
  if (attribute !== undefined) return `unmetered:${attribute}`
  return isCall ? 'no-meter' : 'inner'
}
