/**
 * One priced thing in one region: `aws/lambda/gb-second/arm64@us-east-1`, `rate/prod/checkout/GET /x`, `edge/declared`.
 * What stands before `@` is its family (prices/sku.ts knows each family's unit and quantum).
 */
export type Sku = string & { readonly __kind: 'sku' }

/** What a span consumed of one SKU: a non-negative safe integer in the SKU's own quantum. */
export interface Usage {
  readonly sku: Sku
  readonly quantity: number
}

/** Why a span costs nothing here. `unmetered:<attribute>`: it should have said how much, and did not. */
export type UnchargedReason = 'inner' | 'no-meter' | `unmetered:${string}`

/** By which rule a span is charged; `explain` shows it. */
export type ChargeRule = 'entry' | 'provider-call' | 'model-call' | 'declared'

/** What rating says of one span: a function of the span, its resource and the settings alone. */
export interface RatedSpan {
  readonly operation: string
  /** The rules that charged it, in order; empty where it is uncharged. */
  readonly rules: readonly ChargeRule[]
  /** Usage of this span, before sampling correction. Empty: the span is uncharged, and `uncharged` says why. */
  readonly usage: readonly Usage[]
  readonly uncharged: UnchargedReason | undefined
  /** Attributes that would have metered more, and were absent; may be non-empty beside usage. */
  readonly unmetered: readonly string[]
  /** Settings that stood in for absent attributes: `lambda.architecture=x86_64`. */
  readonly assumed: readonly string[]
  /** One unit of the service's own work: its entry span. */
  readonly entry: boolean
  /** One unit of work that the world asked for: a SERVER span with an HTTP method and no parent, ended without error. */
  readonly frontDoor: boolean
  /** How many spans this one stands for (W3C tracestate `ot=th:`), a positive integer, unbiased. Usage is multiplied by it. */
  readonly weight: number
  /** Why the weight is what it is: `none`, `th`, `configured`, `above-trusted`. */
  readonly weightSource: 'none' | 'th' | 'configured' | 'above-trusted'
}
