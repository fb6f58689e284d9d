import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { DemoReport } from '../../cli/demo/demo-report.ts'
import { parseUsd } from '../../layers/core/money/picodollars.ts'

/** Asserts what `npm run -s demo -- --json` printed into the file named: the runaway was caught, the burst let through. */

const CHECKOUT = 'prod/shop/checkout'
const CATALOG = 'prod/shop/catalog'
const BAD_COMMIT = 'bad5eed'

const file = process.argv[2]
assert(file !== undefined, 'name the file with the demo’s JSON')
const report = JSON.parse(readFileSync(file, 'utf8')) as DemoReport

const { received, booked, uncharged, parked, deadLettered } = report.spans
assert.equal(received, booked + uncharged + parked + deadLettered, 'every span is one of the four')
assert(booked > 10_000, `too few spans were booked: ${booked}`)
assert.equal(parked, 0, 'every usage of the demo has a price')
assert.equal(deadLettered, 0)

const sum = (amounts: readonly { readonly usd: string }[]): bigint =>
  amounts.reduce((total, { usd }) => total + parseUsd(usd), 0n)
assert.equal(sum(report.services), parseUsd(report.totalUsd), 'services sum to the total')
for (const service of report.services) {
  assert.equal(sum(service.operations), parseUsd(service.usd), `operations of ${service.service}`)
  assert.equal(sum(service.commits), parseUsd(service.usd), `commits of ${service.service}`)
}

const byUsd = (a: { readonly usd: string }, b: { readonly usd: string }): number =>
  parseUsd(a.usd) < parseUsd(b.usd) ? 1 : -1
const first = [...report.services].sort(byUsd)[0]
assert.equal(first?.service, CHECKOUT, 'the runaway spent most')
assert.equal([...(first?.commits ?? [])].sort(byUsd)[0]?.commit, BAD_COMMIT, 'and its bad commit most of that')

const throttled = report.alerts.filter(({ transition }) => transition === 'throttled').map(({ service }) => service)
assert.deepEqual([...new Set(throttled)], [CHECKOUT], 'the runaway and nobody else was throttled')

const answers = new Map(report.gate.map((one) => [one.service, one]))
assert((answers.get(CHECKOUT)?.denied ?? 0) > 0, 'the gate answered 429 for the runaway')
assert.equal(answers.get(CATALOG)?.denied, 0, 'and never for the burst')
assert((answers.get(CATALOG)?.allowed ?? 0) > 2_000, 'which was let through')

process.stdout.write(`the demo holds: ${CHECKOUT} ${BAD_COMMIT} was throttled, ${CATALOG} was not\n`)
