import { randomUUID } from 'node:crypto'
import type { EpochMs } from '../layers/core/time/instants.ts'
import type { Clock } from './clock.ts'
import { listenOnLoopback, readBody, send } from './http.ts'
import { escapeXml } from './xml.ts'

/** One message that was published. */
export interface InboxMessage {
  readonly id: string
  readonly topicArn: string
  readonly subject: string | undefined
  /** What each protocol would be sent, `default` for the others; with a plain message, `default` alone. */
  readonly message: Readonly<Record<string, string>>
  /** The attributes that filter policies read; the values of binary ones are base64. */
  readonly attributes: Readonly<Record<string, { readonly type: string; readonly value: string }>>
  readonly publishedAt: EpochMs
}

/** An SNS that anyone here may publish to, and read. */
export interface SnsInbox {
  /** For the SDK client's `endpoint`. */
  readonly endpoint: string
  /** All messages, oldest first; the last 10,000 of them. */
  messages(): readonly InboxMessage[]
  /** The first message, of those there and those to come, that the predicate accepts. */
  next(accepts: (message: InboxMessage) => boolean): Promise<InboxMessage>
  close(): Promise<void>
}

/** SNS takes 256 KiB a message (SNS guide, quotas); form encoding can make three bytes of one. */
const BODY_MAX_BYTES = 3 * 256 * 1024 + 64 * 1024
const MESSAGE_MAX_BYTES = 256 * 1024
const KEPT_MAX = 10_000
const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/'
const HEADERS = { 'content-type': 'text/xml' }
/** `message` has every key of SNS's JSON structure as a string, `default` among them (API reference, Publish). */
const NOT_JSON_STRUCTURE = 'Invalid parameter: Message Structure - it must be JSON of strings with a default'

/** What SNS would refuse; the message says what SNS says. */
class InvalidParameter extends Error {
  override readonly name = 'InvalidParameter'
}

function structureOf(message: string): Record<string, string> {
  let parsed: unknown
  try {
    parsed = JSON.parse(message)
  } catch {
    throw new InvalidParameter(NOT_JSON_STRUCTURE)
  }
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
  const entries = isObject ? Object.entries(parsed as object) : []
  if (!entries.every(([, value]) => typeof value === 'string') || !entries.some(([name]) => name === 'default')) {
    throw new InvalidParameter(NOT_JSON_STRUCTURE)
  }
  return Object.fromEntries(entries)
}

function attributesOf(form: URLSearchParams): InboxMessage['attributes'] {
  const attributes: Record<string, { type: string; value: string }> = {}
  for (let index = 1; ; index += 1) {
    const entry = `MessageAttributes.entry.${index}`
    const name = form.get(`${entry}.Name`)
    if (name === null) return attributes
    const value = form.get(`${entry}.Value.StringValue`) ?? form.get(`${entry}.Value.BinaryValue`) ?? ''
    attributes[name] = { type: form.get(`${entry}.Value.DataType`) ?? 'String', value }
  }
}

/** SNS guide: fewer than 100 characters, no line breaks or control characters, not blank at the start. */
function checkSubject(subject: string | null): void {
  if (subject === null) return
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what SNS refuses.
  if (subject.length >= 100 || subject === '' || /[\u0000-\u001f\u007f]|^\s/.test(subject)) {
    throw new InvalidParameter('Invalid parameter: Subject')
  }
}

/** Reads the message of a query-protocol form. */
function messageOf(form: URLSearchParams, publishedAt: EpochMs): InboxMessage {
  const topicArn = form.get('TopicArn')
  const message = form.get('Message')
  const subject = form.get('Subject')
  if (topicArn === null) throw new InvalidParameter('Invalid parameter: TopicArn')
  if (message === null || message === '') throw new InvalidParameter('Invalid parameter: Empty message')
  if (Buffer.byteLength(message) > MESSAGE_MAX_BYTES) throw new InvalidParameter('Invalid parameter: Message too long')
  checkSubject(subject)
  return {
    id: randomUUID(),
    topicArn,
    subject: subject ?? undefined,
    message: form.get('MessageStructure') === 'json' ? structureOf(message) : { default: message },
    attributes: attributesOf(form),
    publishedAt,
  }
}

const envelope = (action: string, result: string): string =>
  `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${result}</${action}Result>` +
  `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`

const errorBody = (code: string, message: string): string =>
  `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code>` +
  `<Message>${escapeXml(message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`

/** Starts an inbox that speaks the query protocol of SNS for Publish. */
export async function startSnsInbox(clock: Clock, port = 0): Promise<SnsInbox> {
  let kept: readonly InboxMessage[] = []
  let waiting: { accepts: (message: InboxMessage) => boolean; resolve: (message: InboxMessage) => void }[] = []

  function receive(message: InboxMessage): void {
    kept = [...kept, message].slice(-KEPT_MAX)
    const served = waiting.filter((waiter) => waiter.accepts(message))
    waiting = waiting.filter((waiter) => !served.includes(waiter))
    for (const waiter of served) waiter.resolve(message)
  }

  function answer(form: URLSearchParams): { status: number; body: string } {
    const action = form.get('Action') ?? ''
    if (action !== 'Publish') {
      return { status: 400, body: errorBody('InvalidAction', `the local inbox takes Publish, not "${action}"`) }
    }
    try {
      const message = messageOf(form, clock.now())
      receive(message)
      return { status: 200, body: envelope('Publish', `<MessageId>${message.id}</MessageId>`) }
    } catch (error) {
      if (!(error instanceof InvalidParameter)) throw error
      return { status: 400, body: errorBody('InvalidParameter', error.message) }
    }
  }

  const server = await listenOnLoopback(async (request, response) => {
    const form = new URLSearchParams((await readBody(request, BODY_MAX_BYTES)).toString())
    const { status, body } = answer(form)
    send(response, status, HEADERS, body)
  }, port)

  return {
    endpoint: server.url,
    messages: () => kept,
    next: (accepts) => {
      const there = kept.find(accepts)
      if (there !== undefined) return Promise.resolve(there)
      return new Promise((resolve) => waiting.push({ accepts, resolve }))
    },
    close: server.close,
  }
}
