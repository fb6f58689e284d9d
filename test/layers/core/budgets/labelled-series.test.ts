import { beforeAll, describe, expect, it } from 'vitest'
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
} from './labelled-series.ts'

/** The two long series (62 and 215 days) are in the table of docs/enforcement.md; they take longer than they tell here. */
const MAX_MINUTES = 30_000

describe.skipIf(!hasSeries)('labelled series as spend (only where the shared data lie beside the repository)', () => {
  const ours: Score[] = []
  const article: Score[] = []
  let withoutAnomaly: Score | undefined

  beforeAll(() => {
    for (const series of readSeries().filter(({ spend }) => spend.length <= MAX_MINUTES)) {
      const score = scoreOf(series, judgeSeries(series).alerted)
      ours.push(score)
      article.push(scoreOf(series, judgeAsArticle(series).alerted))
      if (series.name.includes('NoAnomaly')) withoutAnomaly = score
    }
  }, 180_000)

  it('are found more often than by the average of rolling spend', () => {
    expect(ours).toHaveLength(15)
    expect(recallOf(sumOf(ours))).toBeGreaterThan(1.5 * recallOf(sumOf(article)))
    expect(recallOf(sumOf(ours))).toBeGreaterThanOrEqual(0.5)
  })

  it('cost some false alarms: the series that spike every day', () => {
    expect(precisionOf(sumOf(ours))).toBeGreaterThanOrEqual(0.19)
    expect(sumOf(ours).right).toBeGreaterThan(2 * sumOf(article).right)
  })

  it('raise no alarm where there is no anomaly', () => {
    expect(withoutAnomaly).toMatchObject({ told: 0 })
  })
})
