import { styleText } from 'node:util'
import { percent } from '../../layers/core/alerts/headline.ts'
import { supplyOfPrice } from '../../layers/core/explain/missing-price.ts'
import type { Sku } from '../../layers/core/rating/usage.ts'
import { counted } from '../counted.ts'
import { wrapped } from '../explain/wrapped.ts'
import { demoConfiguration } from './demo-configuration.ts'
import type { DemoReport } from './demo-report.ts'

const TOP = 6
const BAR_WIDTH = 20

/** The answer to the question, drawn: which service, commit and request pattern drove the spend. 80 columns. */
export function drawAnswer(report: DemoReport, colour: boolean): readonly string[] {
  const bold = (text: string): string => (colour ? styleText('bold', text) : text)
  return [
    '',
    `  ${bold('Which service, commit and request pattern drove the spend?')}`,
    '',
    ...services(report),
    '',
    ...spans(report),
    ...flags(report),
    ...gate(report),
    '',
    '  Next: `npm run dev` starts the same system for your own spans (OTLP/HTTP on',
    '  port 4318); `npm run tollgate -- top` shows who drives this hour, `-- explain',
    '  FILE` how a cost came about, `-- coverage FILE` what spans leave out.',
    '  `npx cdk deploy --all` puts it into your AWS account.',
    '',
  ]
}

function services(report: DemoReport): readonly string[] {
  const spending = report.services.filter(({ usd }) => Number(usd) > 0)
  const free = report.services.length - spending.length
  const without = `${counted(free, 'service')} without a cost so far`
  if (spending.length === 0) return [`  Nothing was spent${free === 0 ? '' : `: ${without}`}.`]
  const bySpend = spending.sort((a, b) => Number(b.usd) - Number(a.usd))
  const most = Number(bySpend[0]?.usd ?? 0)
  const lines = bySpend.slice(0, TOP).flatMap((service) => {
    const commit = largest(service.commits)
    const operation = largest(service.operations)
    const of = [commit?.commit, operation?.operation].filter((part) => part !== undefined).join('  ')
    return [
      `  ${bar(Number(service.usd), most)} $${dollars(service.usd).padEnd(10)} ${service.service}`,
      ...wrapped(`  ${' '.repeat(BAR_WIDTH)}  most of it: `, of.slice(0, 60)),
    ]
  })
  const others = bySpend.slice(TOP)
  const rest = others.length === 0 ? [] : [`  ${' '.repeat(BAR_WIDTH)}  and ${others.length} more services`]
  if (free > 0) rest.push(`  ${' '.repeat(BAR_WIDTH)}  and ${without}`)
  return [...lines, ...rest, `  ${'total'.padStart(BAR_WIDTH)} $${dollars(report.totalUsd)}`]
}

const largest = <T extends { readonly usd: string }>(parts: readonly T[]): T | undefined =>
  [...parts].sort((a, b) => Number(b.usd) - Number(a.usd))[0]

const bar = (value: number, most: number): string =>
  (most > 0 ? '█'.repeat(Math.round((value / most) * BAR_WIDTH)) : '').padEnd(BAR_WIDTH)

/** Six decimals are enough to read; the JSON has them all. */
const dollars = (usd: string): string => usd.replace(/(\.\d{6})\d+$/, '$1')

function spans({ spans: counts, parked, deadLetters, uncharged }: DemoReport): readonly string[] {
  const reasons = [...uncharged].sort((a, b) => b.count - a.count).slice(0, 4)
  return [
    `  ${counts.received} spans: ${counts.booked} booked, ${counts.uncharged} uncharged, ${counts.parked} parked, ${counts.deadLettered} dead`,
    ...(reasons.length === 0 ? [] : [`  uncharged: ${reasons.map((one) => `${one.count} ${one.reason}`).join(', ')}`]),
    ...parked.slice(0, 5).flatMap(waiting),
    ...(parked.length > 5 ? [`  and ${parked.length - 5} more SKUs without a price`] : []),
    ...deadLetters.map((one) => `  dead letters: ${one.count} ${one.reason}`),
  ]
}

const PRICED: ReadonlySet<string> = new Set(demoConfiguration().pricedRegions)

/** Usage without a price, and the one line of configuration that prices it, where one can. */
function waiting({ sku, spans: count }: DemoReport['parked'][number]): readonly string[] {
  const line = supplyOfPrice(sku as Sku, PRICED)
  return [
    ...wrapped('  ', `parked until it has a price: ${sku} (${counted(count, 'span')})`),
    ...(line === undefined ? [] : wrapped('    in the configuration: ', line)),
  ]
}

const flags = (report: DemoReport): readonly string[] =>
  report.flags.flatMap(({ service, admit, reason }) => [
    `  flag: ${service} admits ${percent(admit)}:`,
    ...wrapped('    ', reason),
  ])

const gate = (report: DemoReport): readonly string[] =>
  report.gate.map(
    ({ service, allowed, denied }) =>
      `  gate: ${service.padEnd(24)} ${String(allowed).padStart(6)} x 200 ${String(denied).padStart(6)} x 429`,
  )
