import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { makeSnapshot, snapshotText } from './price-snapshot/make-snapshot.ts'

/** Writes layers/core/prices/snapshot/prices.snapshot.json; price-snapshot/README.md says from what. */
const { values } = parseArgs({ options: { answers: { type: 'string' }, date: { type: 'string', default: '' } } })

const answers = values.answers
if (answers !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(values.date)) {
  console.error('--answers needs --date YYYY-MM-DD: the day on which the Price List gave these answers')
  process.exit(2)
}

const beside = (file: string): string => readFileSync(new URL(`price-snapshot/${file}`, import.meta.url), 'utf8')
const snapshot = makeSnapshot({
  aws: beside('aws.csv'),
  models: beside('models.csv'),
  answers: answers === undefined ? [] : readdirSync(answers).map((file) => readFileSync(`${answers}/${file}`, 'utf8')),
  date: values.date,
})
writeFileSync(new URL('../layers/core/prices/snapshot/prices.snapshot.json', import.meta.url), snapshotText(snapshot))
console.log(`${snapshot.rows.length} rows`)
