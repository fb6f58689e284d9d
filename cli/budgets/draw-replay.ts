import type { Budget } from '../../layers/core/budgets/budget.ts'
import { periodClause } from '../../layers/core/budgets/period.ts'
import type { Replayed } from '../../layers/core/budgets/replay.ts'
import { cents } from '../../layers/core/money/cents.ts'
import { formatMinute, minuteOf } from '../../layers/core/time/instants.ts'
import { printable, spread, WIDTH, wrapped } from '../explain/wrapped.ts'
import type { Suggested } from './rehearse.ts'

/** Columns of the picture, beside its two labels. */
const SLOTS = WIDTH - 9
const BARS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const TURNS_SHOWN = 6

/** What budgets would have done, a picture a service; or that there was nothing to judge. */
export function drawReplays(all: readonly { service: string; budget: Budget; replayed: Replayed }[]): string {
  if (all.length === 0) return 'Nothing to judge: no service has spent anything in that time.\n'
  return `${all.map(({ service, budget, replayed }) => drawReplay(service, budget, replayed)).join('\n\n')}\n`
}

const LEFT_OUT_NAMED = 5

/** Which services get no budget of their own, having spent less than `leastUsd` on each day. Empty where there are none. */
export function drawLeftOut(leftOut: Suggested['leftOut'], leastUsd: string): string {
  if (leftOut.length === 0) return ''
  const named = leftOut.slice(0, LEFT_OUT_NAMED).map(({ service, dearestDay }) => `${service} $${cents(dearestDay)}`)
  const more = leftOut.length > LEFT_OUT_NAMED ? ` and ${leftOut.length - LEFT_OUT_NAMED} more (--json has all)` : ''
  const left = `Left to the default budget, with no day of $${leastUsd}: ${named.join(', ')}${more}. --least 0 suggests one for each.`
  return `${wrapped('', printable(left)).join('\n')}\n`
}

/** What a budget would have done to a service: spend, alerts and the gate over time, each turn, and what it comes to. */
function drawReplay(service: string, budget: Budget, replayed: Replayed): string {
  const { turns, steps, spent, saved, requests, refused } = replayed
  const slots = slotsOf(steps)
  const most = Math.max(...slots.map(({ cost }) => cost))
  const lowest = steps.reduce((least, { admit }) => Math.min(least, admit), 1)
  const lines = [
    ...spread(printable(service), `$${budget.limitUsd} ${periodClause(budget)}, ${budget.mode}`),
    `  spend  ${slots.map(({ cost }) => bar(cost, most)).join('')}`,
    `  alert  ${slots.map(({ isAlert, isHeld }) => (isHeld ? '#' : isAlert ? '!' : '.')).join('')}`,
    `  admit  ${slots.map(({ admit }) => (admit >= 1 ? '.' : String(Math.floor(admit * 10)))).join('')}`,
    ...turns.slice(0, TURNS_SHOWN).flatMap(drawTurn),
    ...(turns.length > TURNS_SHOWN ? [`  and ${turns.length - TURNS_SHOWN} turns more (--json has all)`] : []),
    `  spent $${cents(spent)}, ${requests} requests`,
    lowest < 1
      ? `  would have saved $${cents(saved)}, refusing ${refused} requests; least admitted ${percent(lowest)}`
      : '  would have refused nothing',
  ]
  return lines.map((line) => line.trimEnd()).join('\n')
}

function drawTurn({ at, what, admit, reason }: Replayed['turns'][number]): readonly string[] {
  const to = admit < 1 ? ` to ${percent(admit)}` : ''
  const why = reason === '' ? '' : `: it ${reason}`
  return wrapped('  ', printable(`${formatMinute(minuteOf(at))} ${what}${to}${why}`))
}

interface Slot {
  /** Picodollars, for the picture alone. */
  readonly cost: number
  readonly admit: number
  readonly isAlert: boolean
  readonly isHeld: boolean
}

function slotsOf(steps: Replayed['steps']): readonly Slot[] {
  const width = Math.max(1, Math.ceil(steps.length / SLOTS))
  return Array.from({ length: Math.ceil(steps.length / width) }, (_, place) => {
    const part = steps.slice(place * width, (place + 1) * width)
    return {
      cost: part.reduce((sum, { spent }) => sum + Number(spent), 0),
      admit: Math.min(...part.map(({ admit }) => admit)),
      isAlert: part.some(({ phase }) => phase !== 'within'),
      isHeld: part.some(({ phase }) => phase === 'throttled' || phase === 'releasing'),
    }
  })
}

/** What was spent at all shows. */
const bar = (cost: number, most: number): string =>
  (cost <= 0 ? undefined : BARS[Math.min(BARS.length - 1, Math.ceil((cost / most) * (BARS.length - 1)))]) ?? ' '

const percent = (fraction: number): string => `${Math.round(fraction * 1000) / 10} %`
