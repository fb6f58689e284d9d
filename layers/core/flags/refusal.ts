import type { Decision } from './decide.ts'

/** A request's answer: what goes over HTTP. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

type Refused = Extract<Decision, { admitted: false }>

/** 429 Too Many Requests, RFC 6585, section 4. */
const TOO_MANY_REQUESTS = 429

/**
 * The answer to a refused request: why, and for how long, as an RFC 9457 problem. `Retry-After` is RFC 9110's; `RateLimit`
 * and its policy are draft-ietf-httpapi-ratelimit-headers-11's. `status` is 429 but for proxies that take another.
 */
export function refusal(
  { service, reason, fraction, retryAfterSeconds }: Refused,
  status = TOO_MANY_REQUESTS,
): HttpAnswer {
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
      status: TOO_MANY_REQUESTS,
      detail: reason,
      service,
      admitted: false,
      fraction,
      retryAfterSeconds,
    }),
  }
}

/** A header's value holds visible ASCII and spaces. */
const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 500)
