import { spread, wrapped } from '../explain/wrapped.ts'
import { MS_PER_HOUR, RATE_DECIMALS } from './suggest-rate.ts'

/** A suggested rate with what it was made of; decimal strings. */
export interface SuggestedRate {
  readonly usdPerMs: string
  readonly hourlyUsd: string
  readonly share: string
  readonly concurrency: string
  /** What costs that by the hour. */
  readonly of: string
  readonly source: string
  /** The line of configuration. */
  readonly rate: { readonly service: string; readonly usdPerMs: string }
}

/** The arithmetic, line by line, and the line of configuration. */
export function drawRate({ usdPerMs, hourlyUsd, share, concurrency, of, source, rate }: SuggestedRate): string {
  const lines = [
    ...spread(of, `$${hourlyUsd} an hour`),
    ...wrapped('  ', source),
    ...spread("x the service's part of it", share),
    ...spread('/ entry spans it works on at a time', concurrency),
    ...spread('/ milliseconds of an hour', String(MS_PER_HOUR)),
    ...spread(`= rounded half up to ${RATE_DECIMALS} decimals`, `$${usdPerMs} a millisecond`),
    '',
    'In the configuration:',
    `  "rates": [{ "service": ${JSON.stringify(rate.service)}, "usdPerMs": "${rate.usdPerMs}" }]`,
    '',
    ...wrapped(
      '',
      'Each entry span then pays for its own duration. Hours in which nothing runs cost money too: take the concurrency as ' +
        'the sum of entry span durations over a day, divided by the day, and the spans sum to what the machine costs.',
    ),
  ]
  return `${lines.join('\n')}\n`
}
