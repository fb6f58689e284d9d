import type { Decision } from '../../layers/core/flags/decide.ts'
import { type HttpAnswer, refusal } from '../../layers/core/flags/refusal.ts'
import type { Dialect } from './gate-path.ts'

/** Envoy takes 200 alone as leave to go on (ext_authz.proto, HttpService). */
const ADMITTED: HttpAnswer = { status: 200, headers: {}, body: '' }

/** NGINX turns every other status than 401 and 403 into a 500 of its own (ngx_http_auth_request_module). */
const REFUSED_STATUS = { envoy: 429, nginx: 403, decide: 429 } as const satisfies Record<Dialect, number>

/** The answer to a decision, as the proxy that asked can use it. */
export function answerTo(dialect: Dialect, decision: Decision): HttpAnswer {
  if (!decision.admitted) return refusal(decision, REFUSED_STATUS[dialect])
  if (dialect !== 'decide') return ADMITTED
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(hinted(decision)) }
}

/** Whoever tries the gate by hand is told how to ask. */
const hinted = (decision: Decision): object =>
  decision.admitted && decision.why === 'no-service' ? { ...decision, hint: HOW_TO_ASK } : decision

const HOW_TO_ASK =
  'name a service: /decide/<service>, /envoy/<service>/..., /nginx/<service>; its slashes percent-encoded. See /healthz, /metrics'
