import { styleText } from 'node:util'
import { percent } from '../../layers/core/alerts/headline.ts'
import type { BudgetState } from '../../layers/core/budgets/state.ts'
import { type EpochMs, MS_PER_MINUTE, startOfMinute } from '../../layers/core/time/instants.ts'
import { SERVICE_NAMES, SERVICES, type ServiceName } from './services.ts'
import type { StoryWatcher } from './story.ts'
import { sumCounts, type TrafficCounts } from './traffic-counts.ts'

/** Every fifth window is told, and each in which something changes. */
const QUIET_STEP = 5
const COLUMN = 14
const BARS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
/** A full bar is ten times the budget's pace. */
const FULL_BAR_PACE = 10

type Style = Parameters<typeof styleText>[0]

export interface Narration {
  readonly write: (line: string) => void
  /** Colours, where the output is a terminal. */
  readonly colour: boolean
  readonly startMs: EpochMs
}

/** Tells the story as it goes, line by line, 80 columns wide. */
export function createNarrator({ write, colour, startMs }: Narration): StoryWatcher {
  const style = (format: Style, text: string): string => (colour ? styleText(format, text) : text)
  const event = (at: number, what: string, text: string, format: Style): void =>
    write(`  ${clock(at)}  ${style(format, what.padEnd(8))}${text}`)
  const standings = new Map<string, BudgetState>()
  let counts: TrafficCounts | undefined
  let header = false
  let eventful = false

  const tellGate = (at: number): void => {
    for (const { service, allowed, denied } of counts?.gate ?? []) {
      if (denied === 0) continue
      event(at, 'gate', `${shortName(service)}: ${allowed} x 200, ${style('red', `${denied} x 429`)}`, 'red')
    }
    counts = undefined
  }

  return {
    deployed: (at, release) => {
      eventful = true
      event(at, 'deploy', `${release.service} ${release.commit}: ${release.summary}`, 'yellow')
    },
    burst: (at, burst, phase) => {
      eventful = true
      const text =
        phase === 'begins' ? `catalog: ${burst.requestsPerMinute} requests a minute, each as cheap as ever` : 'over'
      event(at, 'crowd', text, 'yellow')
    },
    closed: (at, window) => {
      const endMs = startOfMinute(window.window) + MS_PER_MINUTE
      for (const { after } of window.states) standings.set(after.service, after)
      const changed = window.states.filter(({ before, after }) => after.phase !== before.phase)
      const minute = Math.round((endMs - startMs) / MS_PER_MINUTE)
      // Windows from before the story are closed too; nothing is in them.
      if (minute <= 0) return
      if (minute % QUIET_STEP !== 0 && changed.length === 0 && !eventful) return
      eventful = false
      if (!header) write(headerLine())
      header = true
      tellGate(at)
      write(windowLine(endMs, standings, style))
      for (const { after } of changed)
        if (after.phase !== 'within') for (const line of detailLines(after, style)) write(line)
    },
    alerted: (at, message) => {
      event(at, 'alert', style('bold', message.subject ?? ''), 'red')
      if (message.attributes.transition?.value !== 'throttled') return
      for (const line of boxed(message.message.email ?? message.message.default ?? '')) write(line)
    },
    flagged: (at, flag) => {
      const until = clock(flag.until)
      event(at, 'flag', `${shortName(flag.service)}: admit ${percent(flag.admit)} of requests, until ${until}`, 'red')
    },
    answered: (_, since) => {
      counts = counts === undefined ? since : sumCounts(counts, since)
    },
  }
}

const clock = (at: number): string => new Date(at).toISOString().slice(11, 16)

/** `checkout`, of `prod/shop/checkout`. */
const shortName = (service: string): string => service.slice(service.lastIndexOf('/') + 1)

const headerLine = (): string => `\n  ${'time'.padEnd(7)}${SERVICE_NAMES.map((name) => name.padEnd(COLUMN)).join('')}`

function windowLine(
  endMs: number,
  standings: ReadonlyMap<string, BudgetState>,
  style: (f: Style, t: string) => string,
): string {
  const cells = SERVICE_NAMES.map((name) => cell(name, standings, style))
  return `  ${clock(endMs).padEnd(7)}${cells.join('')}`.trimEnd()
}

function cell(
  name: ServiceName,
  standings: ReadonlyMap<string, BudgetState>,
  style: (f: Style, t: string) => string,
): string {
  const state = standings.get(SERVICES[name].identity)
  if (state === undefined) return ' '.repeat(COLUMN)
  const { pace } = state.figures
  const bar = BARS[Math.min(BARS.length - 1, Math.ceil((pace / FULL_BAR_PACE) * (BARS.length - 1)))] ?? ''
  const admitted = state.admit < 1 ? ` ${percent(state.admit)}` : ''
  const text = `${bar} ${pace.toFixed(1)}x${admitted}`.padEnd(COLUMN)
  if (state.phase === 'throttled') return style('red', text)
  return state.phase === 'within' ? text : style('yellow', text)
}

/** What the judge saw: this window, the average, the ratios. */
function detailLines(state: BudgetState, style: (f: Style, t: string) => string): readonly string[] {
  const { windowUsd, emaUsd, pace, unitCostRatio, workRatio } = state.figures
  const ratios = [
    `burn ${pace}x`,
    ...(unitCostRatio === null ? [] : [`cost a request ${unitCostRatio}x`]),
    ...(workRatio === null ? [] : [`work ratio ${workRatio}x`]),
  ]
  const spend = `this window $${dollars(windowUsd)}, EMA of 24 h $${dollars(emaUsd)}`
  return [
    `         ${style('bold', `${shortName(state.service)} is ${state.phase}`)}: ${spend}`,
    `         ${ratios.join(', ')}`,
  ]
}

/** Four decimals are enough to see a minute's spend. */
const dollars = (usd: string): string => usd.replace(/(\.\d{4})\d+$/, '$1')

const BOX_WIDTH = 66
const BOX_LINES = 18

/** A message as it lies in an inbox. */
function boxed(text: string): readonly string[] {
  const lines = text.split('\n').flatMap((line) => inBox(line))
  const shown = lines.length > BOX_LINES ? [...lines.slice(0, BOX_LINES), '...'] : lines
  const edge = '─'.repeat(BOX_WIDTH + 2)
  return [`         ┌${edge}┐`, ...shown.map((line) => `         │ ${line.padEnd(BOX_WIDTH)} │`), `         └${edge}┘`]
}

/** A line of a letter as lines of the box, broken at spaces; a longer word is cut. */
function inBox(line: string): readonly string[] {
  const lines: string[] = ['']
  for (const word of line.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && last.length + 1 + word.length > BOX_WIDTH) lines.push(word.slice(0, BOX_WIDTH))
    else lines[lines.length - 1] = last === '' ? word.slice(0, BOX_WIDTH) : `${last} ${word}`
  }
  return lines
}
