import type { Answer } from './engine.ts'

/** DynamoDB developer guide, "Quotas": an expression string has at most 4 KB. dynalite takes any. */
const EXPRESSION_MAX_BYTES = 4_096

const EXPRESSIONS = [
  'UpdateExpression',
  'ConditionExpression',
  'KeyConditionExpression',
  'FilterExpression',
  'ProjectionExpression',
]

/** What a request with an expression that is too long is answered with; undefined for any other. */
export function refuseLongExpression(input: Readonly<Record<string, unknown>>): Answer | undefined {
  for (const name of EXPRESSIONS) {
    const expression = input[name]
    if (typeof expression !== 'string') continue
    const bytes = Buffer.byteLength(expression)
    if (bytes <= EXPRESSION_MAX_BYTES) continue
    const message = `Invalid ${name}: Expression size has exceeded the maximum allowed size; expression size: ${bytes}`
    return { status: 400, body: { __type: 'com.amazon.coral.validate#ValidationException', message } }
  }
  return undefined
}
