import pMap from 'p-map'
import type { BudgetsTable } from '../../layers/adapters/budgets-table.ts'
import { answerTagged, type TaggedDocument, tagDocument } from '../../layers/adapters/etag-answer.ts'
import { type HttpApiResult, jsonAnswer, parseHttpApiEvent, problem } from '../../layers/adapters/http-api.ts'
import type { DailyRows } from '../../layers/adapters/ledger-days.ts'
import type { LedgerTable } from '../../layers/adapters/ledger-table.ts'
import { budgetsReport } from '../../layers/core/budgets/budgets-report.ts'
import { minutesOf } from '../../layers/core/budgets/minutes-of-spend.ts'
import { spendOfHours } from '../../layers/core/budgets/spend-of-hours.ts'
import type { BudgetState } from '../../layers/core/budgets/state.ts'
import type { Configuration } from '../../layers/core/configuration.ts'
import { coverageOfLedger } from '../../layers/core/explain/coverage.ts'
import type { Flag } from '../../layers/core/flags/flag.ts'
import { environmentOf } from '../../layers/core/identity/service.ts'
import { auditLedger, recordsSince } from '../../layers/core/ledger/audit.ts'
import { asLedgerRow } from '../../layers/core/ledger/daily-row.ts'
import type { LedgerRow, ParkedRow } from '../../layers/core/ledger/row.ts'
import { hoursOf, spendReport } from '../../layers/core/ledger/spend-report.ts'
import type { TopicSums } from '../../layers/core/ledger/topic-sums.ts'
import { writeEdgeBook } from '../../layers/core/prices/edge-book.ts'
import { findPrices } from '../../layers/core/prices/find-prices.ts'
import type { PriceBook } from '../../layers/core/prices/price.ts'
import { pricedRegions } from '../../layers/core/prices/priced-regions.ts'
import { type Day, dayOf, MS_PER_DAY, startOfDay } from '../../layers/core/time/days.ts'
import type { EpochMs, Hour } from '../../layers/core/time/instants.ts'
import { parseBudgetsQuery } from './budgets-query.ts'
import { parseEventsQuery } from './events-query.ts'
import { parsePricesQuery } from './prices-query.ts'
import { firstHourlyDay, parseSpendQuery, type QueryFault, type SpendQuery } from './spend-query.ts'

/** What explore-costs asks of the world. */
export interface ExploreCostsPorts {
  readonly now: () => EpochMs
  readonly readHours: (
    service: string,
    hours: readonly Hour[],
  ) => Promise<{ readonly rows: readonly LedgerRow[]; readonly parked: readonly ParkedRow[] }>
  readonly days: Pick<DailyRows, 'readDays' | 'listServices'>
  /** How long hourly rows live, days. */
  readonly ledgerDays: number
  /** One state a service that has spent in the last days: the list of services, too. */
  readonly readStates: () => Promise<readonly BudgetState[]>
  /** What the topic itself holds, where it can be read: in the local system. */
  readonly topic?: TopicPorts
  /** What people have changed of budgets, and what was decided about them. */
  readonly budgets: Pick<BudgetsTable, 'readChanges' | 'readEvents'>
  readonly readFrontDoor: LedgerTable['readFrontDoor']
  readonly readFlags: () => Promise<readonly Flag[]>
  readonly readBook: () => Promise<PriceBook>
  /** What services rate their own spans by. */
  readonly rules: Pick<Configuration, 'rating' | 'rates'>
}

/** A topic that can be read beside the ledger. */
export interface TopicPorts {
  /** Of the records whose Kafka timestamp is not before `since`: what attribute-spans has finished with, or all that there is. */
  readonly sum: (upTo: 'committed' | 'end', since: EpochMs) => Promise<TopicSums>
  /** Spans of the same records that dead letters hold, those put aside included. */
  readonly countLetters: (since: EpochMs) => Promise<number>
}

const MINUTES_MAX_MS = 2 * MS_PER_DAY

/** Services read side by side. */
const SERVICES_AT_ONCE = 16

type Answer = (
  ports: ExploreCostsPorts,
  parameters: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
) => Promise<HttpApiResult>

/** What can be asked for: the paths of the HTTP API that lead here. */
const ANSWERS: ReadonlyMap<string, Answer> = new Map([
  ['/v1/spend', spend],
  ['/v1/coverage', coverage],
  ['/v1/audit', audit],
  ['/v1/budgets', budgets],
  ['/v1/budgets/events', budgetEvents],
  ['/v1/minutes', minutes],
  ['/v1/prices', prices],
  ['/v1/prices/book', priceBook],
])

/**
 * Answers `GET /v1/spend` (which service, commit and operation spent how much), `GET /v1/coverage` (what that spend does not
 * hold, and what would supply it), `GET /v1/audit` (do its figures add up), `GET /v1/budgets` (how every service stands),
 * `GET /v1/budgets/events` (what was decided about one), `GET /v1/minutes` (its ledger minute by minute) `GET /v1/prices` (the price
 * book) and `GET /v1/prices/book` (the same for programs, with an ETag: the edge prices spans with it).
 * What cannot be answered is an RFC 9457 problem that says what to write.
 * @throws NotAnHttpApiEvent, and what the tables' adapters throw.
 */
export function exploreCosts(ports: ExploreCostsPorts) {
  return async (event: unknown): Promise<HttpApiResult> => {
    const { method, path, query, headers } = parseHttpApiEvent(event)
    const answer = ANSWERS.get(path)
    if (answer === undefined) return problem(404, 'Not found', `ask for GET ${[...ANSWERS.keys()].join(', ')}`)
    if (method !== 'GET')
      return problem(405, 'Method not allowed', `ask for GET ${path}`, { headers: { allow: 'GET' } })
    return answer(ports, query, headers)
  }
}

async function spend(ports: ExploreCostsPorts, parameters: Readonly<Record<string, string>>): Promise<HttpApiResult> {
  const parsed = parseSpendQuery(parameters, ports.now(), ports.ledgerDays)
  if ('faults' in parsed) return unreadable(parsed.faults)
  const { rows, parked } = await readRows(ports, parsed.query)
  return jsonAnswer(spendReport(rows, parked, parsed.query))
}

async function coverage(
  ports: ExploreCostsPorts,
  parameters: Readonly<Record<string, string>>,
): Promise<HttpApiResult> {
  const parsed = parseSpendQuery(parameters, ports.now(), ports.ledgerDays)
  if ('faults' in parsed) return unreadable(parsed.faults)
  const { query } = parsed
  const [{ rows, parked }, book] = await Promise.all([readRows(ports, query), ports.readBook()])
  const isTold = ({ service }: { readonly service: string }): boolean => service !== query.leavesOut
  return jsonAnswer(coverageOfLedger(rows.filter(isTold), parked.filter(isTold), query, pricedRegions(book)))
}

async function audit(ports: ExploreCostsPorts, parameters: Readonly<Record<string, string>>): Promise<HttpApiResult> {
  const parsed = parseSpendQuery(parameters, ports.now(), ports.ledgerDays)
  if ('faults' in parsed) return unreadable(parsed.faults)
  const { query } = parsed
  if (query.byDays)
    return unreadable([{ parameter: 'from', detail: 'hourly rows are audited: ask for at most a week of them' }])
  const hours = hoursOf(query)
  const since = recordsSince(hours)
  const least = await ports.topic?.sum('committed', since)
  const { rows } = await readRows(ports, query)
  const inLetters = await ports.topic?.countLetters(since)
  const most = await ports.topic?.sum('end', since)
  const isTopicRead =
    query.service === undefined && least !== undefined && most !== undefined && inLetters !== undefined
  const topic = isTopicRead ? { least, most, inLetters } : undefined
  return jsonAnswer(auditLedger(rows, hours, topic, query.limit))
}

async function readRows(ports: ExploreCostsPorts, query: SpendQuery) {
  const services = query.service === undefined ? await servicesOf(ports, query) : [query.service]
  const read = await pMap(
    services,
    (service) => (query.byDays ? readDaysAndHours(ports, service, query) : ports.readHours(service, hoursOf(query))),
    { concurrency: SERVICES_AT_ONCE },
  )
  return { rows: read.flatMap((one) => one.rows), parked: read.flatMap((one) => one.parked) }
}

/** Budgets forget a service that has spent nothing for days; its daily rows stay. */
async function servicesOf(ports: ExploreCostsPorts, { byDays }: SpendQuery): Promise<readonly string[]> {
  const current = (await ports.readStates()).map((state) => state.service)
  return byDays ? [...new Set([...current, ...(await ports.days.listServices())])] : current
}

/** Daily rows, and hourly ones of the last two days. */
async function readDaysAndHours(ports: ExploreCostsPorts, service: string, { from, to }: SpendQuery) {
  const hourly = firstHourlyDay(ports.now())
  const last = Math.min(dayOf((to - 1) as EpochMs), hourly - 1) as Day
  const daily = await ports.days.readDays(service, dayOf(from), last)
  const rows = daily.map(asLedgerRow)
  if (to <= startOfDay(hourly)) return { rows, parked: [] }
  const recent = await ports.readHours(service, hoursOf({ from: startOfDay(hourly), to }))
  return { rows: [...rows, ...recent.rows], parked: recent.parked }
}

async function budgets(ports: ExploreCostsPorts, parameters: Readonly<Record<string, string>>): Promise<HttpApiResult> {
  const parsed = parseBudgetsQuery(parameters)
  if ('faults' in parsed) return unreadable(parsed.faults)
  const [states, flags, changes] = await Promise.all([
    ports.readStates(),
    ports.readFlags(),
    ports.budgets.readChanges(),
  ])
  const shown = states.filter(({ service }) => service !== parsed.leavesOut)
  return jsonAnswer(budgetsReport(shown, flags, changes, ports.now()))
}

async function budgetEvents(
  ports: ExploreCostsPorts,
  parameters: Readonly<Record<string, string>>,
): Promise<HttpApiResult> {
  const parsed = parseEventsQuery(parameters)
  if ('faults' in parsed) return unreadable(parsed.faults)
  const { service, limit } = parsed.query
  const events = await ports.budgets.readEvents(service, limit)
  return jsonAnswer({ service, events: events.map((one) => ({ ...one, at: new Date(one.at).toISOString() })) })
}

/** The minutes of at most two days: as budgets count them, parked usage at its last known price. */
async function minutes(ports: ExploreCostsPorts, parameters: Readonly<Record<string, string>>): Promise<HttpApiResult> {
  const now = ports.now()
  const parsed = parseSpendQuery(parameters, now, ports.ledgerDays)
  if ('faults' in parsed) return unreadable(parsed.faults)
  const { service, from, to } = parsed.query
  if (service === undefined) return unreadable([{ parameter: 'service', detail: 'name one service' }])
  if (to - from > MINUTES_MAX_MS)
    return unreadable([{ parameter: 'from', detail: 'ask for at most two days at a time' }])
  const hours = hoursOf({ from, to })
  const [{ rows, parked }, doors, book] = await Promise.all([
    ports.readHours(service, hours),
    ports.readFrontDoor(environmentOf(service), hours),
    ports.readBook(),
  ])
  const spend = spendOfHours(hours, rows, parked, book, now)
  return jsonAnswer({ service, minutes: minutesOf(spend, doors) })
}

async function prices(ports: ExploreCostsPorts, parameters: Readonly<Record<string, string>>): Promise<HttpApiResult> {
  const parsed = parsePricesQuery(parameters)
  if ('faults' in parsed) return unreadable(parsed.faults)
  const { generation, prices: all } = await ports.readBook()
  const found = findPrices(all, parsed.query.words, ports.now())
  return jsonAnswer({ generation, found: found.length, prices: found.slice(0, parsed.query.limit) })
}

/** A book stays the same object for as long as its generation: it is written once. */
const writtenBooks = new WeakMap<PriceBook, TaggedDocument>()

async function priceBook(
  { readBook, rules: { rating, rates } }: ExploreCostsPorts,
  _parameters: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): Promise<HttpApiResult> {
  const book = await readBook()
  const written = writtenBooks.get(book) ?? tagDocument(writeEdgeBook({ book, rating, rates }))
  writtenBooks.set(book, written)
  return answerTagged(written, headers['if-none-match'])
}

function unreadable(faults: readonly QueryFault[]): HttpApiResult {
  const detail = faults.map((fault) => `${fault.parameter}: ${fault.detail}`).join('; ')
  return problem(400, 'Unreadable question', detail, { members: { errors: faults } })
}
