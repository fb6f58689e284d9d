import * as z from 'zod'
import type { BudgetsTable } from '../../layers/adapters/budgets-table.ts'
import {
  type HttpApiRequest,
  type HttpApiResult,
  jsonAnswer,
  parseHttpApiEvent,
  problem,
} from '../../layers/adapters/http-api.ts'
import { type BudgetFile, budgetFor } from '../../layers/core/budgets/assigned-budget.ts'
import { changedEvent } from '../../layers/core/budgets/budget-event.ts'
import {
  type Author,
  type ChangeRequest,
  changeRequestSchema,
  changesAfter,
  effectiveBudget,
  inForce,
  type ServiceChanges,
  unchanged,
} from '../../layers/core/budgets/change.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'

/** What change-budget asks of the world. */
export interface ChangeBudgetPorts {
  readonly now: () => EpochMs
  readonly budgets: Pick<BudgetsTable, 'readChangesOf' | 'writeChanges' | 'isKnown' | 'putEvent'>
  readonly configuration: BudgetFile
}

const PATH = '/v1/budgets/changes'
const BODY_MAX = 8_192
/** Each failed condition is somebody else's change of the same budget. */
const MAX_CONFLICTS = 5

/**
 * Answers `POST /v1/budgets/changes`: an override of a budget's limit or mode, a grant on top of its limit, or the end of both. Each
 * runs out, has a reason and an author, who is the caller that signed the request, and is written down as an event. The next close
 * takes it into account, within a minute. What cannot be done is an RFC 9457 problem that says what to write.
 * @throws NotAnHttpApiEvent, and what the tables' adapters throw
 */
export function changeBudget(ports: ChangeBudgetPorts) {
  return async (event: unknown): Promise<HttpApiResult> => {
    const http = parseHttpApiEvent(event)
    if (http.path !== PATH) return problem(404, 'Not found', `send POST ${PATH}`)
    if (http.method !== 'POST')
      return problem(405, 'Method not allowed', `send POST ${PATH}`, { headers: { allow: 'POST' } })
    const { caller } = http
    if (caller === undefined) return problem(403, 'Nobody', 'a change has an author: sign the request with IAM')
    const read = readRequest(http)
    if ('problem' in read) return read.problem
    return change(ports, read.request, { by: caller, at: ports.now() })
  }
}

function readRequest({
  headers,
  body,
}: HttpApiRequest): { readonly request: ChangeRequest } | { readonly problem: HttpApiResult } {
  // A page in a browser can post text to a local system without being asked; JSON it cannot.
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    return { problem: problem(415, 'Unsupported media type', 'send application/json') }
  }
  if (body.length > BODY_MAX) return { problem: problem(413, 'Too large', `a change has at most ${BODY_MAX} bytes`) }
  const parsed = changeRequestSchema.safeParse(parseJson(body))
  if (parsed.success) return { request: parsed.data }
  return { problem: problem(400, 'Unreadable change', z.prettifyError(parsed.error)) }
}

async function change(ports: ChangeBudgetPorts, request: ChangeRequest, author: Author): Promise<HttpApiResult> {
  const { service } = request
  if (!(await ports.budgets.isKnown(service))) {
    return problem(
      404,
      'Unknown service',
      `nothing was spent by "${service}" in the last days: GET /v1/budgets lists names`,
    )
  }
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
    const was = (await ports.budgets.readChangesOf(service)) ?? unchanged(service)
    const next = changesAfter(was, request, author)
    if ('fault' in next) return problem(400, 'Refused change', next.fault)
    if (next.isNew && !(await ports.budgets.writeChanges(was, next.changes))) continue
    // A retry finds the change made and may find its event missing; the same event again changes nothing.
    await ports.budgets.putEvent(changedEvent(request, next.author))
    return jsonAnswer(answer(ports, next.changes, author.at))
  }
  return problem(409, 'Conflict', 'others are changing the same budget: try again')
}

function answer({ configuration }: ChangeBudgetPorts, changes: ServiceChanges, now: EpochMs) {
  const { service, override, grants } = inForce(changes, now)
  const file = budgetFor(service, configuration)
  const { limitUsd, mode } = effectiveBudget(file, changes, now)
  return {
    service,
    file: { limitUsd: file.limitUsd, mode: file.mode },
    effective: { limitUsd, mode },
    override: override === null ? null : withIso(override),
    grants: grants.map(withIso),
  }
}

const withIso = <T extends Author & { readonly until: EpochMs }>(signed: T) => ({
  ...signed,
  at: new Date(signed.at).toISOString(),
  until: new Date(signed.until).toISOString(),
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
