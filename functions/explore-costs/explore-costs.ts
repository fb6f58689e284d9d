import pMap from 'p-map'
import { type HttpApiResult, jsonAnswer, parseHttpApiEvent, problem } from '../../layers/adapters/http-api.ts'
import { budgetsReport } from '../../layers/core/budgets/budgets-report.ts'
import type { BudgetState } from '../../layers/core/budgets/state.ts'
import type { Flag } from '../../layers/core/flags/flag.ts'
import type { LedgerRow, ParkedRow } from '../../layers/core/ledger/row.ts'
import { hoursOf, type SpendReport, spendReport } from '../../layers/core/ledger/spend-report.ts'
import type { EpochMs, Hour } from '../../layers/core/time/instants.ts'
import { parseSpendQuery, type SpendQuery } from './spend-query.ts'

/** What explore-costs asks of the world. */
export interface ExploreCostsPorts {
  readonly now: () => EpochMs
  readonly readHours: (
    service: string,
    hours: readonly Hour[],
  ) => Promise<{ readonly rows: readonly LedgerRow[]; readonly parked: readonly ParkedRow[] }>
  /** One state a service that ever spent: the list of services, too. */
  readonly readStates: () => Promise<readonly BudgetState[]>
  readonly readFlags: () => Promise<readonly Flag[]>
}

/** Services read side by side. */
const SERVICES_AT_ONCE = 16

/**
 * Answers `GET /v1/spend` (which service, commit and operation spent how much) and `GET /v1/budgets` (how every service
 * stands). What cannot be answered is an RFC 9457 problem that says what to write.
 * @throws NotAnHttpApiEvent, and what the tables' adapters throw.
 */
export function exploreCosts(ports: ExploreCostsPorts) {
  return async (event: unknown): Promise<HttpApiResult> => {
    const { method, path, query } = parseHttpApiEvent(event)
    const answer = path === '/v1/spend' ? spend : path === '/v1/budgets' ? budgets : undefined
    if (answer === undefined) return problem(404, 'Not found', 'ask for GET /v1/spend or GET /v1/budgets')
    if (method !== 'GET')
      return problem(405, 'Method not allowed', `ask for GET ${path}`, { headers: { allow: 'GET' } })
    return answer(ports, query)
  }
}

async function spend(ports: ExploreCostsPorts, parameters: Readonly<Record<string, string>>): Promise<HttpApiResult> {
  const parsed = parseSpendQuery(parameters, ports.now())
  if ('query' in parsed) return jsonAnswer(await readSpend(ports, parsed.query))
  const detail = parsed.faults.map((fault) => `${fault.parameter}: ${fault.detail}`).join('; ')
  return problem(400, 'Unreadable question', detail, { members: { errors: parsed.faults } })
}

async function readSpend(ports: ExploreCostsPorts, query: SpendQuery): Promise<SpendReport> {
  const services =
    query.service === undefined ? (await ports.readStates()).map((state) => state.service) : [query.service]
  const hours = hoursOf(query)
  const read = await pMap(services, (service) => ports.readHours(service, hours), { concurrency: SERVICES_AT_ONCE })
  const rows = read.flatMap((one) => one.rows)
  const parked = read.flatMap((one) => one.parked)
  return spendReport(rows, parked, query)
}

async function budgets(ports: ExploreCostsPorts): Promise<HttpApiResult> {
  const [states, flags] = await Promise.all([ports.readStates(), ports.readFlags()])
  return jsonAnswer(budgetsReport(states, flags, ports.now()))
}
