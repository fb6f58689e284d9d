import type { Decision } from './decide.ts'
import type { Dialect } from './gate-path.ts'

export interface GateAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Envoy takes 200 alone as leave to go on (ext_authz.proto, HttpService). */
const ADMITTED: GateAnswer = { status: 200, headers: {}, body: '' }

/** NGINX turns every other status than 401 and 403 into a 500 of its own (ngx_http_auth_request_module). */
const REFUSED_STATUS = { envoy: 429, nginx: 403, decide: 429 } as const satisfies Record<Dialect, number>

/** The answer to a decision, as the proxy that asked can use it. */
export function answerTo(dialect: Dialect, decision: Decision): GateAnswer {
  if (!decision.admitted) return refusal(REFUSED_STATUS[dialect], decision)
  if (dialect !== 'decide') return ADMITTED
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(hinted(decision)) }
}

/** Whoever tries the gate by hand is told how to ask. */
const hinted = (decision: Decision): object =>
  decision.admitted && decision.why === 'no-service' ? { ...decision, hint: HOW_TO_ASK } : decision

const HOW_TO_ASK =
  'name a service: /decide/<service>, /envoy/<service>/..., /nginx/<service>; its slashes percent-encoded. See /healthz, /metrics'

/** `Retry-After` is RFC 9110's; `RateLimit` and its policy are draft-ietf-httpapi-ratelimit-headers-11's. */
function refusal(status: number, { service, reason, fraction, retryAfterSeconds }: Refused): GateAnswer {
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'retry-after': String(retryAfterSeconds),
      ratelimit: `"tollgate";r=0;t=${retryAfterSeconds}`,
      // No request is sure to pass within a window of a minute; `admit` is a parameter of our own.
      'ratelimit-policy': `"tollgate";q=0;w=60;admit=${fraction}`,
      'x-tollgate-reason': headerText(reason),
    },
    body: JSON.stringify({
      type: 'about:blank',
      title: 'Over budget',
      status: 429,
      detail: reason,
      service,
      admitted: false,
      fraction,
      retryAfterSeconds,
    }),
  }
}

type Refused = Extract<Decision, { admitted: false }>

/** A header's value holds visible ASCII and spaces. */
const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 500)
