import type { TopicSubscription } from '../../layers/adapters/deployed-parts.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

const PART = 'alerts'

/** Does somebody get alerts? */
export function judgeAlerts(subscriptions: readonly TopicSubscription[]): Finding {
  if (subscriptions.length === 0) {
    return warn(PART, 'nobody is subscribed', 'write who gets alerts into cdk.json under "alerts", and deploy again')
  }
  const waiting = subscriptions.filter(({ isConfirmed }) => !isConfirmed)
  const confirmed = subscriptions.length - waiting.length
  if (waiting.length === 0) return ok(PART, `${confirmed} subscribed`)
  const named = waiting.map(({ protocol, endpoint }) => `${protocol} ${endpoint}`).join(', ')
  const found = `${confirmed} subscribed, not confirmed: ${named}`
  const advice = 'follow the link in the mail from AWS Notifications; deploy the subscription anew when it has run out'
  return confirmed === 0 ? fail(PART, found, advice) : warn(PART, found, advice)
}
