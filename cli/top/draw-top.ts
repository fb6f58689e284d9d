import { divideHalfUp, parseUsd } from '../../layers/core/money/picodollars.ts'
import { wrapped } from '../explain/wrapped.ts'
import { type Column, drawColumns } from './columns.ts'
import type { Costs } from './costs-client.ts'
import { paceText, roundedUsd } from './figures.ts'

type Style = 'bold' | 'red' | 'yellow' | 'dim'

export interface Screen {
  /** Characters a line, and lines. */
  readonly width: number
  readonly height: number
  /** Colours a whole line; gives it back as it is where there are no colours. */
  readonly paint: (style: Style, line: string) => string
}

/** Title, two blank lines, two lines of column titles and the line of the rest. */
const FRAME_LINES = 6
const GAP_LINES_MAX = 2
const BUDGET_LINES_MAX = 8

/** The table of `top` as text, at most `height` lines of `width` characters: what drives the hour, and how budgets stand. */
export function drawTop({ spend, budgets }: Costs, screen: Screen): string {
  const gaps = gapsOf(spend)
  const room = screen.height - FRAME_LINES - Math.max(1, gaps.length)
  const shownBudgets = budgets.slice(0, Math.min(BUDGET_LINES_MAX, Math.floor(room / 2)))
  const shownLines = spend.lines.slice(0, Math.max(1, room - shownBudgets.length))
  return [
    screen.paint('bold', cut(titleOf(spend), screen.width)),
    '',
    ...drawSpend(spend, shownLines, screen),
    ...restOf(spend, shownLines.length),
    ...(shownBudgets.length === 0 ? [] : drawBudgets(shownBudgets, budgets.length, screen)),
    ...gaps.map((line) => screen.paint('yellow', cut(line, screen.width))),
  ].join('\n')
}

type Spend = Costs['spend']
type Budget = Costs['budgets'][number]

/** No spend stands without how much of what should cost something it holds. */
function titleOf({ from, to, totalUsd, bookedUpTo, coverage }: Spend): string {
  const until = bookedUpTo === null ? 'nothing booked yet' : `booked up to ${bookedUpTo.slice(11, 19)}`
  const covered = coverage.share === null ? '' : ` (${coveredPercent(coverage.share)} covered)`
  return `$${usd(totalUsd)}${covered} from ${from.slice(0, 16)}Z to ${to.slice(11, 16)}Z, ${until}`
}

/** Rounded down: what has a gap is never 100 %. */
const coveredPercent = (share: number): string => `${Math.floor(share * 100)} %`

const NUMBER = { align: 'right' } as const

function drawSpend(spend: Spend, lines: Spend['lines'], screen: Screen): readonly string[] {
  const hasCommits = lines.some((line) => line.commit !== undefined)
  const hasOperations = lines.some((line) => line.operation !== undefined)
  const hasHours = lines.some((line) => line.hour !== undefined)
  const columns: readonly Column[] = [
    { title: 'SERVICE', align: 'left', width: hasOperations ? 24 : undefined },
    ...(hasCommits ? [{ title: 'COMMIT', align: 'left', width: 8 } as const] : []),
    ...(hasOperations ? [{ title: 'OPERATION', align: 'left', width: undefined } as const] : []),
    ...(hasHours ? [{ title: 'HOUR', align: 'left', width: 16 } as const] : []),
    { title: hasOperations ? 'SPANS' : 'REQUESTS', ...NUMBER, width: 9 },
    { title: 'USD', ...NUMBER, width: 12 },
    { title: 'SHARE', ...NUMBER, width: 5 },
  ]
  const rows = lines.map((line) => [
    line.service,
    ...(hasCommits ? [line.commit ?? ''] : []),
    ...(hasOperations ? [line.operation ?? ''] : []),
    ...(hasHours ? [line.hour?.slice(0, 16) ?? ''] : []),
    String(line.count),
    usd(line.usd),
    share(line.usd, spend.totalUsd),
  ])
  const [titles = '', ...drawn] = drawColumns(columns, rows, screen.width)
  return [screen.paint('dim', titles), ...drawn]
}

function restOf(spend: Spend, shown: number): readonly string[] {
  const hidden = spend.lines.slice(shown)
  const more = hidden.length + spend.others.lines
  if (more === 0) return []
  const money = hidden.reduce((sum, line) => sum + parseUsd(line.usd), parseUsd(spend.others.usd) as bigint)
  return [`and ${more} more, $${roundedUsd(money)}`]
}

function drawBudgets(budgets: readonly Budget[], all: number, screen: Screen): readonly string[] {
  const columns: readonly Column[] = [
    { title: all > budgets.length ? `BUDGETS (${budgets.length} of ${all})` : 'BUDGETS', align: 'left', width: 24 },
    { title: 'USED', align: 'left', width: 15 },
    { title: 'LIMIT', ...NUMBER, width: 9 },
    { title: 'PACE', ...NUMBER, width: 6 },
    { title: 'GATE', align: 'left', width: undefined },
  ]
  const rows = budgets.map((budget) => [
    budget.service,
    `${bar(budget.usedPercent)} ${budget.usedPercent === null ? '' : `${budget.usedPercent} %`}`,
    ...(budget.judgedUpTo === null ? ['', ''] : [`$${budget.figures.limitUsd}`, paceText(budget.figures.pace)]),
    gateOf(budget),
  ])
  const [titles = '', ...drawn] = drawColumns(columns, rows, screen.width)
  const painted = drawn.map((line, place) => paintBudget(line, budgets[place], screen))
  return ['', screen.paint('dim', titles), ...painted]
}

function paintBudget(line: string, budget: Budget | undefined, screen: Screen): string {
  if (budget === undefined || budget.phase === 'within') return line
  return screen.paint(budget.flag === null ? 'yellow' : 'red', line)
}

function gateOf({ mode, phase, admit, flag, judgedUpTo }: Budget): string {
  if (judgedUpTo === null) return 'not judged yet'
  if (flag !== null) return `${phase}: ${percent(flag.admit)} to ${flag.until.slice(11, 16)}Z`
  const would = admit < 1 ? `${phase}: ${percent(admit)}` : phase
  return mode === 'shadow' ? `${would} (shadow)` : would
}

const percent = (fraction: number): string => `${Math.round(fraction * 100)} %`

const BAR_LENGTH = 8

function bar(usedPercent: number | null): string {
  const full = usedPercent === null ? 0 : Math.min(BAR_LENGTH, Math.floor((usedPercent * BAR_LENGTH) / 100))
  return '█'.repeat(full) + '░'.repeat(BAR_LENGTH - full)
}

/** What the money above does not hold; a spend that hides its gaps is taken for the whole. */
function gapsOf({ coverage, leftOut }: Spend): readonly string[] {
  const { parked } = coverage
  const unmetered = coverage.unmetered.reduce((sum, { spans }) => sum + spans, 0)
  const spans = [
    ...(parked > 0 ? [parked === 1 ? '1 span waits for a price' : `${parked} spans wait for a price`] : []),
    ...(unmetered > 0 ? [`${unmetered} ${unmetered === 1 ? 'does' : 'do'} not say how much`] : []),
  ]
  const gaps = [
    ...(spans.length > 0 ? [`${spans.join(', ')} (tollgate coverage)`] : []),
    ...(leftOut ? [`$${usd(leftOut.usd)} of ${leftOut.service} (--smoke)`] : []),
  ]
  return gaps.length === 0 ? [] : wrapped('', `Not in these figures: ${gaps.join('; ')}`).slice(0, GAP_LINES_MAX)
}

const usd = (text: string): string => roundedUsd(parseUsd(text))

function share(part: string, whole: string): string {
  const total = parseUsd(whole)
  return total === 0n ? '' : `${divideHalfUp(parseUsd(part) * 100n, total)} %`
}

function cut(text: string, width: number): string {
  return [...text.replace(/\p{C}/gu, '?')].slice(0, width).join('')
}
