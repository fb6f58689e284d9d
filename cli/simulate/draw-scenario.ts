import { type Figures, medianOf, type Outcome, outcomeOf } from './outcome.ts'
import type { Run } from './run-report.ts'
import type { Scenario } from './scenario.ts'
import type { Simulated, SimulationSettings } from './simulation.ts'

/** Columns of the drawing; a column is as many minutes as it takes. */
const WIDTH = 78
const LEVELS = ' ▁▂▃▄▅▆▇█'
/** The highest bar: so many times the budget's pace, and more. */
const TOP_BURN = 8

/** What the drawing means, at most 80 characters a line. */
export const drawLegend = ({ runs, seed, flagDelayS }: SimulationSettings): readonly string[] => [
  'A service that spends 60 % of its $500 a day, judged by Tollgate each minute.',
  `Runs of each scenario: ${runs}, seed ${seed}; from a window's end to the gate: ${flagDelayS} s.`,
  'Figures: the worst run, the median in brackets. Drawn: the first run, minute by',
  `minute: spend in multiples of the budget's pace (full bar: ${TOP_BURN} or more), and`,
  'below it what the gate admits (full bar: everything).',
  '',
]

/** One scenario as lines of at most 80 characters. */
export function drawScenario(simulated: Simulated): readonly string[] {
  const outcome = outcomeOf(simulated)
  const [first] = simulated.runs.tollgate
  return [
    `── ${outcome.scenario} ${'─'.repeat(WIDTH - outcome.scenario.length - 4)}`,
    sentence(outcome, simulated),
    compared(outcome),
    ...(first === undefined ? [] : bars(simulated.scenario, first)),
    '',
  ]
}

function sentence(outcome: Outcome, { runs }: Simulated): string {
  const told = within(outcome.minutesToAlert, medianOf(runs.tollgate.map(({ alertedS }) => alertedS)))
  const held = within(outcome.minutesToThrottle, medianOf(runs.tollgate.map(({ throttledS }) => throttledS)))
  const falsely = outcome.falseThrottles > 0 ? `, FALSE THROTTLES ${outcome.falseThrottles}` : ''
  return `   told ${told}, throttled ${held}${falsely}, burnt $${outcome.burntUsd.toFixed(2)}`
}

const within = (worst: number | null, median: number | null): string => {
  if (worst === null) return median === null ? 'never' : `not always (${median} min)`
  return `after ${worst} min (${median ?? 'never'})`
}

function compared({ hardThreshold, plainEma }: Outcome): string {
  const figures = ({ minutesToThrottle, burntUsd }: Figures): string =>
    `${minutesToThrottle === null ? 'never' : `${minutesToThrottle} min`}, $${burntUsd.toFixed(2)}`
  return `   hard threshold: ${figures(hardThreshold)}; plain EMA: ${figures(plainEma)}`
}

/** Of a runaway the beginning, minute by minute: it goes on like that. */
function bars({ kind }: Scenario, run: Run): readonly string[] {
  const minutes = kind === 'runaway' ? run.minutes.slice(0, WIDTH) : run.minutes
  const each = Math.ceil(minutes.length / WIDTH)
  const columns = Array.from({ length: Math.ceil(minutes.length / each) }, (_, column) =>
    minutes.slice(column * each, (column + 1) * each),
  )
  const burn = columns.map((part) => bar(Math.max(...part.map((minute) => minute.burn)) / TOP_BURN)).join('')
  const admit = columns.map((part) => bar(Math.min(...part.map((minute) => minute.admit)))).join('')
  return [`  ${burn}`, `  ${admit}`, `  ${scale(columns.length, minutes.length)}`]
}

/** Something is never drawn as nothing. */
function bar(share: number): string {
  const level = Math.min(LEVELS.length - 1, Math.round(share * (LEVELS.length - 1)))
  return LEVELS[share > 0 ? Math.max(1, level) : 0] ?? ' '
}

function scale(columns: number, minutes: number): string {
  const end = `${minutes} min`
  return `0${' '.repeat(Math.max(1, columns - 1 - end.length))}${end}`
}
