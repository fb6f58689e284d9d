import type { ApiRater } from './api-call.ts'

/**
 * Amazon S3, requests of the Standard class. Source: https://aws.amazon.com/s3/pricing/, Requests & data retrievals.
 *
 *   aws/s3/request/tier1   PUT, COPY, POST, LIST
 *   free                   DELETE, CANCEL
 *   aws/s3/request/tier2   GET, SELECT and all others
 *
 * Other storage classes and retrieval by the GB are not told by spans.
 */
const TIER_1 = /^(?:Put|Copy|Post|List|Create|Complete|Upload|WriteGetObjectResponse|Restore)/
const FREE = /^(?:Delete|Abort)/

export const rateS3: ApiRater = ({ method }) => {
  if (FREE.test(method)) return []
  return [{ family: TIER_1.test(method) ? 'aws/s3/request/tier1' : 'aws/s3/request/tier2', quantity: 1 }]
}
