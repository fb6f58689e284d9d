import type {
  CoverageReport,
  MissingAttribute,
  MissingPrice,
  ServiceCoverage,
} from '../../layers/core/explain/coverage.ts'
import { printable, spread, WIDTH, wrapped } from '../explain/wrapped.ts'
import { type Column, drawColumns } from '../top/columns.ts'

/** Coverage as a page of 80 columns: the overall share, then each service with its gaps and what closes them. */
export function drawCoverage({ from, to, share, services }: CoverageReport): string {
  const range = from === null || to === null ? '' : ` from ${from.slice(0, 16)}Z to ${to.slice(0, 16)}Z`
  const overall =
    share === null
      ? `No span${range} should cost anything.`
      : `${percent(share)} of the spans${range} that should cost something do.`
  const notes = notesOn(services)
  const parts = [wrapped('', overall).join('\n'), ...services.map(drawService)]
  return `${[...parts, ...(notes.length > 0 ? [notes.join('\n')] : [])].join('\n\n')}\n`
}

/** Rounded down: what has a gap is never 100 %. */
const percent = (share: number): string => `${Math.floor(share * 100)} %`

function drawService(service: ServiceCoverage): string {
  const covered = service.share === null ? 'nothing to cover' : `${percent(service.share)} covered`
  return [
    ...spread(printable(service.service), covered),
    `  ${service.booked} booked, ${service.parked} wait for a price, ${service.unmetered} unmetered; ` +
      `${service.inner} inner, ${service.noMeter} without a meter`,
    ...drawMeters(service),
    ...service.missing.flatMap(drawMissing),
    ...service.waiting.flatMap(drawWaiting),
  ].join('\n')
}

const COLUMNS: readonly Column[] = [
  { title: 'METER', align: 'left', width: 40 },
  { title: 'RATED', align: 'right', width: 10 },
  { title: 'UNMETERED', align: 'right', width: 10 },
]

function drawMeters({ meters }: ServiceCoverage): readonly string[] {
  if (meters.length === 0) return []
  const rows = meters.map(({ meter, rated, unmetered }) => [meter, rated === null ? '-' : `${rated}`, `${unmetered}`])
  return drawColumns(COLUMNS, rows, WIDTH - 2).map((line) => `  ${line}`)
}

const WHERE: Record<MissingAttribute['where'], string> = {
  call: 'in the call',
  environment: 'in the environment',
  code: 'in the code',
  configuration: "in Tollgate's configuration",
}

function drawMissing({ attribute, spans, where, line }: MissingAttribute): readonly string[] {
  return [
    ...wrapped('  ', printable(`${attribute} is missing on ${spans}; write ${WHERE[where]}:`)),
    ...wrapped('    ', printable(line)),
  ]
}

const NOT_LISTED = 'the price list has its region, and not this'
const NO_SUCH_MODEL = 'no bundled list has it, they wait for a release that does'

function drawWaiting({ sku, spans, line }: MissingPrice): readonly string[] {
  const told = printable(`${sku} has no price, ${spans} wait`)
  if (line === null) return wrapped('  ', `${told}; ${sku.startsWith('aws/') ? NOT_LISTED : NO_SUCH_MODEL}.`)
  return [...wrapped('  ', `${told}; add to Tollgate's configuration:`), ...wrapped('    ', printable(line))]
}

/** What the lines above leave open, each said once. */
function notesOn(services: readonly ServiceCoverage[]): readonly string[] {
  const waits = (family: string): boolean =>
    services.some(({ waiting }) => waiting.some(({ sku }) => sku.startsWith(family)))
  return [
    ...(waits('rate/') ? ['The rate is an example: "tollgate rates suggest" works out your own.'] : []),
    ...(waits('aws/')
      ? ["A deployed system reads AWS's Price List; prices on one machine are a bundled excerpt, most of it us-east-1."]
      : []),
  ].flatMap((note) => wrapped('', note))
}
