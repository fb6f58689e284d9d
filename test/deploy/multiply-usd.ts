import { formatUsd, parseUsd } from '../../layers/core/money/picodollars.ts'

/** An amount so many times, exactly, as the API writes it. */
export const multiplyUsd = (usd: string, times: number): string => formatUsd(parseUsd(usd) * BigInt(times))
