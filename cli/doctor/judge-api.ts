import { type Finding, fail, ok, warn } from './finding.ts'

/** How an API answered one question. Instants in epoch ms by this machine's clock, but for `date`, the server's. */
export interface ApiAnswer {
  readonly status: number
  readonly askedAt: number
  readonly answeredAt: number
  /** The `Date` header, whole seconds; undefined where it has none. */
  readonly date: number | undefined
}

const DENIED: ReadonlySet<number> = new Set([401, 403])

/** Does the API answer, and does it answer the caller? */
export function judgeApi({ status, askedAt, answeredAt }: ApiAnswer): Finding {
  if (status === 200) return ok('api', `answers in ${Math.round(answeredAt - askedAt)} ms`)
  const answered = `answers ${status}`
  if (!DENIED.has(status)) return fail('api', answered, 'read the log of the function explore-costs')
  return fail('api', answered, 'allow your identity execute-api:Invoke on this API, or take another with AWS_PROFILE')
}

/** A signature is refused when its time is more than five minutes off (AWS Signature Version 4, "X-Amz-Date"). */
const REFUSED_S = 300
/** A window is a minute long, and closes some seconds behind the latest record. */
const LATE_S = 10

/** Is this machine's clock the server's? The header is cut to whole seconds, so half a second is its middle. */
export function judgeClock({ date, askedAt, answeredAt }: ApiAnswer): Finding {
  if (date === undefined) return warn('clock', 'the API sends no Date header', 'compare the clocks by hand')
  const skewS = (date + 500 - (askedAt + answeredAt) / 2) / 1000
  const found = `this machine is ${Math.abs(skewS).toFixed(0)} s ${skewS > 0 ? 'behind' : 'ahead of'} the server`
  const advice = 'set the clock by NTP: spans bear the time of the machine that sends them'
  if (Math.abs(skewS) >= REFUSED_S) return fail('clock', `${found}: signed requests are refused`, advice)
  return Math.abs(skewS) >= LATE_S ? warn('clock', found, advice) : ok('clock', found)
}
