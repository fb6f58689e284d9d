import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { budgetSchema } from '../../../../layers/core/budgets/budget.ts'
import { smooth } from '../../../../layers/core/budgets/ema.ts'
import { freshState, judge } from '../../../../layers/core/budgets/judge.ts'
import type { Picodollars } from '../../../../layers/core/money/picodollars.ts'
import { parseUsd } from '../../../../layers/core/money/picodollars.ts'
import { type EpochMs, type Minute, minuteOf } from '../../../../layers/core/time/instants.ts'

/** The Numenta Anomaly Benchmark, where the shared data lie beside the repository. */
const FOLDER = new URL('../../../../../shared/data/traffic/nab/', import.meta.url)
export const hasSeries = existsSync(FOLDER)

/** One series as spend: picodollars by minute, and the windows in which people found an anomaly. */
export interface LabelledSeries {
  readonly name: string
  readonly start: Minute
  readonly spend: readonly bigint[]
  readonly labels: readonly Span[]
}

/** Minutes, both included. */
interface Span {
  readonly from: number
  readonly to: number
}

const LIMIT_USD = '500'
const LIMIT = parseUsd(LIMIT_USD)
/** As the benchmark's own rules have it: the first part is for learning, and nothing in it counts. */
const LEARNING_SHARE = 0.15
/** What learning spends of the limit. */
const USUAL_SHARE = 0.6
const DAY = 24 * 60
/** A series says what is spent, not by how many requests: it is read as the cost of always as many. */
const REQUESTS = 120

/** All series, each scaled so that a day of its learning part spends 60 % of the limit. */
export function readSeries(): readonly LabelledSeries[] {
  const labels = JSON.parse(readFileSync(new URL('combined_windows.json', FOLDER), 'utf8')) as Record<
    string,
    [string, string][]
  >
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => readdirSync(new URL(`${entry.name}/`, FOLDER)).map((file) => `${entry.name}/${file}`))
    .filter((name) => name.endsWith('.csv'))
    .sort()
    .map((name) => seriesOf(name, labels[name] ?? []))
}

const minuteAt = (text: string): number => minuteOf(Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`) as EpochMs)

function seriesOf(name: string, labels: readonly [string, string][]): LabelledSeries {
  const points = readFileSync(new URL(name, FOLDER), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .map(([at = '', value = '']) => ({ minute: minuteAt(at), value: Number(value) }))
  const start = points[0]?.minute ?? 0
  const last = points.at(-1)?.minute ?? start
  const everyMinutes = Math.round((last - start) / Math.max(1, points.length - 1))
  const values = new Array<number>(last - start + everyMinutes).fill(0)
  // A value holds for its interval; a gap spends nothing.
  for (const { minute, value } of points) values.fill(value, minute - start, minute - start + everyMinutes)
  const learning = values.slice(0, Math.floor(values.length * LEARNING_SHARE))
  const mean = learning.reduce((sum, value) => sum + value, 0) / learning.length
  const scale = (Number(LIMIT) * USUAL_SHARE) / DAY / mean
  return {
    name,
    start: start as Minute,
    spend: values.map((value) => BigInt(Math.round(value * scale))),
    labels: labels.map(([from, to]) => ({ from: minuteAt(from), to: minuteAt(to) })),
  }
}

/** People are told of the same thing once an hour at most: what comes again within it is one message. */
const PAUSE = 60

/** In which minutes the rules would have told people, and in which they would have throttled. */
export interface Told {
  readonly alerted: readonly Span[]
  readonly throttled: readonly Span[]
}

/** The default rules in shadow, as every budget starts: what was recorded was not throttled. */
export function judgeSeries(series: LabelledSeries): Told {
  const budget = budgetSchema.parse({ service: 'series', limitUsd: LIMIT_USD })
  let state = freshState('series', budget.mode)
  let recent: readonly bigint[] = []
  const alerted = spans()
  const throttled = spans()
  forEachMinute(series, (window, spent, rolling) => {
    const facts = {
      window: window as Minute,
      complete: true,
      unpriced: false,
      spent: spent as Picodollars,
      spentBefore: recent,
      rolling: rolling as Picodollars,
      entryRequests: REQUESTS,
      frontDoorRequests: REQUESTS,
    }
    state = judge(state, facts, budget, [])
    recent = [spent, ...recent].slice(0, budget.fast.longMinutes - 1)
    alerted.mark(window, state.phase !== 'within')
    throttled.mark(window, state.phase === 'throttled')
  })
  return { alerted: alerted.all, throttled: throttled.all }
}

/** The article's rule: the average (alpha 0.1) of rolling spend above the limit for three windows. It tells when it throttles. */
export function judgeAsArticle(series: LabelledSeries): Told {
  let ema: bigint | undefined
  let over = 0
  const throttled = spans()
  forEachMinute(series, (window, _, rolling) => {
    ema = smooth(ema, rolling, 0.1)
    over = ema > LIMIT ? over + 1 : 0
    throttled.mark(window, over >= 3)
  })
  return { alerted: throttled.all, throttled: throttled.all }
}

function forEachMinute(
  { start, spend }: LabelledSeries,
  see: (window: number, spent: bigint, rolling: bigint) => void,
) {
  let rolling = 0n
  spend.forEach((spent, i) => {
    rolling += spent - (spend[i - DAY] ?? 0n)
    see(start + i, spent, rolling)
  })
}

function spans() {
  const all: { from: number; to: number }[] = []
  return {
    all: all as readonly Span[],
    mark(window: number, isOn: boolean): void {
      if (!isOn) return
      const last = all.at(-1)
      if (last !== undefined && window - last.to <= PAUSE) last.to = window
      else all.push({ from: window, to: window })
    },
  }
}

export interface Score {
  /** Spans that were told of, and how many of them touch a labelled window. */
  readonly told: number
  readonly right: number
  /** Labelled windows, and how many of them were told of. */
  readonly labelled: number
  readonly found: number
}

/** Counts what was told after the learning part. */
export function scoreOf({ start, spend, labels }: LabelledSeries, told: readonly Span[]): Score {
  const from = start + Math.floor(spend.length * LEARNING_SHARE)
  const touches = (one: Span, other: Span): boolean => one.from <= other.to && other.from <= one.to
  const counted = told.filter((span) => span.to >= from)
  const known = labels.filter((label) => label.from >= from)
  return {
    told: counted.length,
    right: counted.filter((span) => known.some((label) => touches(span, label))).length,
    labelled: known.length,
    found: known.filter((label) => counted.some((span) => touches(span, label))).length,
  }
}

export const sumOf = (scores: readonly Score[]): Score =>
  scores.reduce(
    (sum, { told, right, labelled, found }) => ({
      told: sum.told + told,
      right: sum.right + right,
      labelled: sum.labelled + labelled,
      found: sum.found + found,
    }),
    { told: 0, right: 0, labelled: 0, found: 0 },
  )

export const precisionOf = ({ told, right }: Score): number => (told === 0 ? 1 : right / told)
export const recallOf = ({ labelled, found }: Score): number => (labelled === 0 ? 1 : found / labelled)
