import type { Attributes } from '../otlp/span.ts'
import { memoize } from './memoize.ts'
import { clean } from './name.ts'

const MAX_CHARACTERS = 80

/**
 * The table, bucket, queue, topic, stream or state machine that an AWS call names, '' where it names none. Account
 * ids and generated suffixes become `*`; names that a person gave stay. Keys: semantic conventions, AWS SDK spans.
 */
export function awsResourceName(attributes: Attributes): string {
  const tables = attributes['aws.dynamodb.table_names']
  if (Array.isArray(tables)) return tables.length === 1 ? named(tables[0]) : ''
  return (
    named(attributes['aws.s3.bucket']) ||
    named(attributes['aws.sqs.queue.url']) ||
    named(attributes['aws.queue_url']) ||
    named(attributes['aws.sns.topic.arn']) ||
    named(attributes['aws.kinesis.stream_name']) ||
    named(attributes['aws.step_functions.state_machine.arn']) ||
    named(attributes['messaging.destination.name'])
  )
}

const named = (value: unknown): string => (typeof value === 'string' && value !== '' ? pattern(value) : '')

/** The last part of an ARN or URL, with what is generated in it (account ids, hashes: four digits and more) as `*`. */
const pattern = memoize((name) => {
  const last = name.slice(0, 1024).split(/[:/]/).at(-1) ?? ''
  return clean(last.slice(0, MAX_CHARACTERS).replace(/[A-Za-z]*\d{4,}[A-Za-z0-9]*|[0-9a-f]{8,}/g, maskGenerated))
}, 5_000)

/** A word of eight letters a to f is still a word. */
const maskGenerated = (token: string): string => (/\d/.test(token) ? '*' : token)
