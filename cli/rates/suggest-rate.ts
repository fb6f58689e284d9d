import { formatDecimal } from '../../layers/core/money/decimals.ts'
import { type Decimal, divideHalfUp } from '../../layers/core/money/picodollars.ts'

export const MS_PER_HOUR = 3_600_000n
/** A millionth of a picodollar: a million milliseconds at the rounded rate are half a picodollar off at most. */
export const RATE_DECIMALS = 18

/** What a service has of an instance. All exact and positive. */
export interface RateInputs {
  /** USD for an hour of the instance. */
  readonly hourlyUsd: Decimal
  /** The service's part of the instance, up to 1. */
  readonly share: Decimal
  /** Entry spans that it works on at a time there, on average, idle time included. */
  readonly concurrency: Decimal
}

/**
 * USD for a millisecond of an entry span, a decimal string: hourly price x share / concurrency / 3,600,000, rounded half up to
 * 18 decimals. At that concurrency the spans of an hour cost what the service's part of the instance does.
 */
export function suggestRate({ hourlyUsd, share, concurrency }: RateInputs): string {
  const numerator = hourlyUsd.digits * share.digits * 10n ** BigInt(concurrency.scale + RATE_DECIMALS)
  const denominator = concurrency.digits * MS_PER_HOUR * 10n ** BigInt(hourlyUsd.scale + share.scale)
  return formatDecimal({ digits: divideHalfUp(numerator, denominator), scale: RATE_DECIMALS })
}
