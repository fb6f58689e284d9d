import type { Explained, ExplainedLine, ExplainedParked } from '../../layers/core/explain/explained.ts'
import { supplyOf } from '../../layers/core/explain/missing-attribute.ts'
import { supplyOfPrice } from '../../layers/core/explain/missing-price.ts'
import { formatUsd, parseUsd } from '../../layers/core/money/picodollars.ts'
import { counted } from '../counted.ts'
import { type Column, drawColumns } from '../top/columns.ts'
import { citing } from './citing.ts'
import type { ExplainedOfFile } from './explain-files.ts'
import { ruleSentence } from './rule-sentence.ts'
import { printable, spread, WIDTH, wrapped } from './wrapped.ts'

/** Styles a whole line; gives it back as it is where there are no colours. */
export type Paint = (style: 'bold' | 'yellow' | 'dim', line: string) => string

/**
 * Explained spans as a page of 80 columns: a block for each that costs something, a line for each that does not, the sum.
 * `priced`: the regions that their book has prices of.
 */
export function drawExplained(all: readonly ExplainedOfFile[], paint: Paint, priced: ReadonlySet<string>): string {
  const charged = all.filter((one) => one.charged)
  const dead = all.filter(isDead)
  const uncharged = all.filter((one) => !one.charged && !isDead(one))
  const cite = citing()
  const parts = [
    ...charged.map((one) => drawCharged(one, { cite, priced, paint })),
    ...(uncharged.length === 0 ? [] : [drawUncharged(uncharged, paint)]),
    ...(dead.length === 0 ? [] : [drawDead(dead, paint)]),
    drawSum(all, paint),
  ]
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

const isDead = ({ rule }: Explained): boolean => rule.startsWith('dead-letter:')

type Cite = ReturnType<typeof citing>

interface Drawing {
  readonly cite: Cite
  readonly priced: ReadonlySet<string>
  readonly paint: Paint
}

function drawCharged(span: ExplainedOfFile, { cite, priced, paint }: Drawing): readonly string[] {
  const title = printable(`${span.service}  ${span.operation}`)
  const ids = printable(`trace ${span.traceId}${span.spanId === '' ? '' : `  span ${span.spanId}`}`)
  return [
    ...spread(title, printable(`commit ${span.commit}`)).map((line) => paint('bold', line)),
    paint('dim', ids),
    ...wrapped('', `Charged (${span.rule}): ${ruleSentence(span.rule)}.`),
    ...weightOf(span),
    ...span.lines.flatMap((line) => ['', ...drawLine(line, cite)]),
    ...span.parked.flatMap((parked) => ['', ...drawParked(parked, priced).map((line) => paint('yellow', line))]),
    '',
    ...notesOf(span),
    ...spread('  total', usd(span.totalUsd)).map((line) => paint('bold', line)),
  ]
}

function weightOf({ weight, weightSource }: Explained): readonly string[] {
  switch (weightSource) {
    case 'none':
      return []
    case 'above-trusted':
      return wrapped('', 'Its tracestate claims a sampling weight above rating.maxTrustedWeight: it counts once.')
    case 'th':
      return wrapped('', `It stands for ${weight} spans (tracestate ot=th): all usage is multiplied by ${weight}.`)
    case 'configured':
      return wrapped('', `It stands for ${weight} spans (rating.sampling): all usage is multiplied by ${weight}.`)
  }
}

function drawLine(line: ExplainedLine, cite: Cite): readonly string[] {
  return [
    ...wrapped('  ', printable(line.sku)),
    ...row('quantity', quantity(line.quantity, line.unit)),
    ...countedOf(line),
    ...row('unit price', `${usd(line.unitPriceUsd)} a ${line.unit}${tierOf(line)}`),
    ...(line.multiplier === '1' ? [] : row('multiplier', `${line.multiplier} (multipliers in the configuration)`)),
    ...row('source', cite(line.source, printable(line.sourceDetail))),
    ...(line.fetchedAt === null ? [] : row('fetched', line.fetchedAt)),
    ...(line.exactUsd === line.usd ? [] : row('rounded', `half up, from ${usd(line.exactUsd)}`)),
    ...spread('    cost', usd(line.usd)),
  ]
}

function drawParked(
  { sku, quantity: count, unit, why }: ExplainedParked,
  priced: ReadonlySet<string>,
): readonly string[] {
  const supply = why === 'missing' ? supplyOfPrice(sku, priced) : undefined
  return [
    ...wrapped('  ', printable(sku)),
    ...row('quantity', quantity(count, unit)),
    ...row('parked', `waits for a price: ${why === 'missing' ? 'no price is known' : 'the known price is stale'}`),
    ...(supply === undefined ? [] : row('supply it', printable(supply))),
  ]
}

function notesOf(span: Explained): readonly string[] {
  return [
    ...(span.assumed.length === 0 ? [] : note('assumed', span.assumed.join(', '))),
    ...span.unmetered.flatMap((attribute) => [
      ...note('unmetered', `it does not say ${attribute}; this would supply it:`),
      ...note('', supplyOf(attribute).line),
    ]),
    ...(span.declared === null
      ? []
      : note(
          'declared',
          `${usd(span.declared.usd)} by the sender does not count: it is rated here, at ${usd(span.declared.ratedUsd)}`,
        )),
  ]
}

/** What was counted, where that is another number than the quantity or was rounded. */
function countedOf({ counted, rounding, quantity: count, unit }: ExplainedLine): readonly string[] {
  if (rounding !== 'exact') return row('counted', `${counted} (${rounding})`)
  return counted === `${count} ${unit}` ? [] : row('counted', counted)
}

const tierOf = ({ tier }: ExplainedLine): string => (tier === null ? '' : `, tier ${tier.from} to ${tier.to}`)

const WITHOUT_PLURAL: ReadonlySet<string> = new Set(['ms', 'USD', 'GB'])

const quantity = (count: string, unit: string): string =>
  `${count} ${unit}${count === '1' || WITHOUT_PLURAL.has(unit) ? '' : 's'}`

const row = (label: string, text: string): readonly string[] => wrapped(`    ${label.padEnd(12)}`, text)
const note = (label: string, text: string): readonly string[] => wrapped(`  ${label.padEnd(14)}`, printable(text))

const usd = (text: string): string => `$${text}`

function drawUncharged(spans: readonly Explained[], paint: Paint): readonly string[] {
  const columns: readonly Column[] = [
    { title: 'SPAN', align: 'left', width: 16 },
    { title: 'SERVICE', align: 'left', width: 20 },
    { title: 'OPERATION', align: 'left', width: undefined },
    { title: 'RULE', align: 'left', width: 20 },
  ]
  const rows = spans.map(({ spanId, service, operation, rule }) => [spanId, service, operation, rule])
  const [titles = '', ...drawn] = drawColumns(columns, rows, WIDTH)
  const rules = [...new Set(spans.map(({ rule }) => rule))]
  return [
    paint('bold', `Not charged: ${counted(spans.length, 'span')}`),
    paint('dim', titles),
    ...drawn,
    ...rules.flatMap(drawReason),
  ]
}

function drawReason(rule: string): readonly string[] {
  const sentence = wrapped('', printable(`${rule}: ${ruleSentence(rule)}.`))
  if (!rule.startsWith('unmetered:')) return sentence
  const supply = supplyOf(rule.slice('unmetered:'.length))
  return [...sentence, ...wrapped('  supply it: ', printable(supply.line))]
}

function drawDead(parts: readonly ExplainedOfFile[], paint: Paint): readonly string[] {
  return [
    paint('bold', `Cannot be booked, so dead letters: ${parts.length}`),
    ...parts.flatMap(({ rule, detail, from }) => {
      const reason = rule.slice('dead-letter:'.length)
      return wrapped('  ', printable(`${from}: ${reason}: ${detail}`))
    }),
  ]
}

function drawSum(all: readonly Explained[], paint: Paint): readonly string[] {
  const total = all.reduce((sum, { totalUsd }) => sum + parseUsd(totalUsd), 0n)
  const waiting = all.filter(({ parked }) => parked.length > 0).length
  const told = `Total of ${counted(all.length, 'span')}`
  return [
    ...spread(told, usd(formatUsd(total))).map((line) => paint('bold', line)),
    ...(waiting === 0
      ? []
      : wrapped('', `Not in it: what ${counted(waiting, 'span')} used of something that has no price yet.`).map(
          (line) => paint('yellow', line),
        )),
  ]
}
