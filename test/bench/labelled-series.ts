import {
  hasSeries,
  judgeAsArticle,
  judgeSeries,
  precisionOf,
  readSeries,
  recallOf,
  type Score,
  scoreOf,
  sumOf,
} from '../layers/core/budgets/labelled-series.ts'

/** Prints the table of labelled series in docs/enforcement.md, as Markdown. Needs the shared data beside the repository. */

const RULES = ['default rules, told', 'default rules, would throttle', "the article's"] as const

const cell = ({ right, told, found, labelled }: Score): string => `${found} of ${labelled}, ${right} of ${told}`
const summary = (score: Score): string => `${recallOf(score).toFixed(2)}, ${precisionOf(score).toFixed(2)}`

if (!hasSeries) throw new Error('the labelled series are not here')
const columns: Score[][] = RULES.map(() => [])
console.log(`| series | ${RULES.join(' | ')} |\n| --- |${' --- |'.repeat(RULES.length)}`)
for (const series of readSeries()) {
  const own = judgeSeries(series)
  const scores = [own.alerted, own.throttled, judgeAsArticle(series).alerted].map((told) => scoreOf(series, told))
  for (const [place, score] of scores.entries()) columns[place]?.push(score)
  console.log(`| \`${series.name.replace('.csv', '')}\` | ${scores.map(cell).join(' | ')} |`)
}
console.log(`| recall, precision | ${columns.map((scores) => summary(sumOf(scores))).join(' | ')} |`)
