import { cents } from '../../layers/core/money/cents.ts'
import { parseUsd } from '../../layers/core/money/picodollars.ts'
import { printable, wrapped } from '../explain/wrapped.ts'
import { type Column, drawColumns } from '../top/columns.ts'
import { paceText } from '../top/figures.ts'
import type { ChangedBudget, Standing, ToldEvent } from './budgets-client.ts'

const RIGHT = { align: 'right' } as const
const LIST: readonly Column[] = [
  { title: 'SERVICE', align: 'left', width: undefined },
  { title: 'MODE', align: 'left', width: 7 },
  { title: 'SPENT', ...RIGHT, width: 12 },
  { title: 'LIMIT', ...RIGHT, width: 12 },
  { title: 'USED', ...RIGHT, width: 6 },
  { title: 'PACE', ...RIGHT, width: 7 },
  { title: 'PHASE', align: 'left', width: 16 },
]

/** How every budget stands: a line each, and under it why it is not within, and what people have changed. */
export function drawStandings(standings: readonly Standing[], width: number): string {
  if (standings.length === 0) return 'No service has spent anything yet.\n'
  const rows = standings.map(({ service, mode, phase, admit, usedPercent, judgedUpTo, figures }) => [
    service,
    mode,
    ...(judgedUpTo === null
      ? ['', '', '', '']
      : [
          `$${usd(figures.rollingUsd)}`,
          `$${figures.limitUsd}`,
          usedPercent === null ? '' : `${usedPercent} %`,
          paceText(figures.pace),
        ]),
    judgedUpTo === null ? 'not judged yet' : admit < 1 ? `${phase} ${percent(admit)}` : phase,
  ])
  const [titles = '', ...lines] = drawColumns(LIST, rows, width)
  const drawn = lines.flatMap((line, place) => {
    const { reason, changes } = standings[place] ?? { reason: '', changes: [] }
    return [
      line,
      ...(reason === '' ? [] : wrapped('  ', printable(`it ${reason}`))),
      ...changes.flatMap((change) => wrapped('  * ', printable(change))),
    ]
  })
  return `${[titles, ...drawn].join('\n')}\n`
}

/** What was decided about a budget, newest first. */
export function drawEvents(service: string, events: readonly ToldEvent[]): string {
  if (events.length === 0) return `Nothing was decided about ${printable(service)} in 90 days.\n`
  const lines = events.flatMap(({ at, what, by, reason, numbers }) => [
    printable(`${at.slice(0, 19)}Z  ${what}  by ${by}`),
    ...(reason === '' ? [] : wrapped('  ', printable(by === 'judge' ? `it ${reason}` : reason))),
    ...numbersOf(numbers).flatMap((line) => wrapped('  ', printable(line))),
  ])
  return `${lines.join('\n')}\n`
}

/** One line of them, or none: an end of overrides has no numbers. */
function numbersOf(numbers: ToldEvent['numbers']): readonly string[] {
  const known = Object.entries(numbers).filter(([, value]) => value !== null)
  return known.length === 0 ? [] : [known.map(([name, value]) => `${name} ${value}`).join(', ')]
}

/** The budget after a change, and until when. */
export function drawChanged({ service, file, effective, override, grants }: ChangedBudget): string {
  const lines = [
    `${service}: $${effective.limitUsd}, ${effective.mode} (the file says $${file.limitUsd}, ${file.mode})`,
    ...(override === null ? [] : [`override until ${override.until}, by ${override.by}: ${override.reason}`]),
    ...grants.map((grant) => `$${grant.usd} more until ${grant.until}, by ${grant.by}: ${grant.reason}`),
  ].flatMap((line, place) => wrapped(place === 0 ? '' : '  ', printable(line)))
  return `${[...lines, 'It holds from the next close on, within about a minute.'].join('\n')}\n`
}

const usd = (exact: string): string => cents(parseUsd(exact))
const percent = (fraction: number): string => `${Math.round(fraction * 1000) / 10} %`
