import type { Figures, Outcome } from './outcome.ts'

const HEADER = [
  '| scenario | told, min | throttled, min | false throttles | burnt, USD | hard threshold: throttled, burnt | plain EMA: throttled, burnt |',
  '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
]

/** The outcomes as the Markdown table of docs/enforcement.md. */
export const outcomeTable = (outcomes: readonly Outcome[]): string => [...HEADER, ...outcomes.map(row)].join('\n')

function row({ scenario, hardThreshold, plainEma, ...own }: Outcome): string {
  const { minutesToAlert, minutesToThrottle, falseThrottles, burntUsd } = own
  return `| \`${scenario}\` | ${minutes(minutesToAlert)} | ${minutes(minutesToThrottle)} | ${falseThrottles} | ${burntUsd.toFixed(2)} | ${other(hardThreshold)} | ${other(plainEma)} |`
}

const other = ({ minutesToThrottle, burntUsd }: Figures): string =>
  `${minutes(minutesToThrottle)}, ${burntUsd.toFixed(2)}`

const minutes = (value: number | null): string => (value === null ? 'never' : value.toFixed(1))
