import { type Attributes, SPAN_KIND, type Span } from '../otlp/span.ts'
import { modelIdOf } from '../rating/model-id.ts'
import { awsResourceName } from './aws-resource.ts'
import { memoize } from './memoize.ts'
import { clean, normaliseName } from './name.ts'
import { normalisePath } from './path.ts'

const MAX_CHARACTERS = 200
const MAX_READ_CHARACTERS = 2_048
const REMEMBERED = 20_000
/** The methods of RFC 9110, PATCH and QUERY; semantic conventions write any other as `_OTHER`. */
const METHODS: ReadonlySet<string> = new Set('GET HEAD POST PUT PATCH DELETE CONNECT OPTIONS TRACE QUERY'.split(' '))
const METHOD_AND_PATH = /^([A-Z]{3,7}) +(\/.*|https?:\/\/.*)$/s

/**
 * The request pattern of a span, low-cardinality: `GET /api/v2/users/*`, `DynamoDB.GetItem orders`, `pkg.Svc/Method`,
 * `process orders`, `SELECT orders`, `chat <model>`; else the span's name with generated tokens as `*`.
 * Total: 1 to 200 characters, no control characters, never throws. Attribute names: semantic conventions 1.45 and older.
 */
export function operationOf(span: Span): string {
  const { attributes } = span
  // A convention whose attributes hold nothing that can be printed says nothing; the next one is asked.
  return (
    ofModel(attributes) ||
    ofRpc(attributes) ||
    ofHttp(span) ||
    ofMessaging(span) ||
    ofDatabase(attributes) ||
    ofName(span)
  )
}

/** The request pattern of free text, as senders of plain records and of span names write it. 1 to 200 characters. */
export const operationOfText: (text: string) => string = memoize((given) => {
  const text = clean(given.slice(0, MAX_READ_CHARACTERS))
  const [, method, target] = METHOD_AND_PATH.exec(text) ?? []
  if (method !== undefined && target !== undefined && METHODS.has(method)) return `${method} ${normalisePath(target)}`
  if (text.startsWith('/')) return normalisePath(text)
  return normaliseName(text) || 'unnamed'
}, REMEMBERED)

const nameOf = memoize((name) => normaliseName(name), REMEMBERED)
const pathPattern = memoize(normalisePath, REMEMBERED)
const cleanText = memoize((text) => clean(text.slice(0, MAX_CHARACTERS)), REMEMBERED)

/** gen-ai spans: the operation and the model or the agent. */
function ofModel(attributes: Attributes): string | undefined {
  const operation = text(attributes['gen_ai.operation.name'])
  const model = text(attributes['gen_ai.request.model']) ?? text(attributes['gen_ai.response.model'])
  const subject = model === undefined ? text(attributes['gen_ai.agent.name']) : (modelIdOf(model) ?? '*')
  if (operation === undefined) return model === undefined ? undefined : `model ${modelIdOf(model) ?? '*'}`
  return joined(nameOf(operation), subject === undefined ? '' : cleanText(subject.slice(0, 100)))
}

function ofRpc(attributes: Attributes): string | undefined {
  const system = text(attributes['rpc.system']) ?? text(attributes['rpc.system.name'])
  const method = text(attributes['rpc.method'])
  if (method === undefined) return undefined
  const service = text(attributes['rpc.service'])
  if (system !== 'aws-api') return cleanText(service === undefined ? method : `${service.slice(0, 120)}/${method}`)
  const call = service === undefined ? method.replace('/', '.') : `${service.slice(0, 60)}.${method.slice(0, 60)}`
  return joined(cleanText(call), awsResourceName(attributes))
}

function ofHttp(span: Span): string | undefined {
  const { attributes } = span
  const method = text(attributes['http.request.method']) ?? text(attributes['http.method'])
  if (method === undefined) return undefined
  const route = text(attributes['http.route']) ?? text(attributes['url.template'])
  if (route !== undefined) return joined(methodOf(method), routeOf(route))
  const target =
    text(attributes['url.path']) ??
    text(attributes['http.target']) ??
    text(attributes['url.full']) ??
    text(attributes['http.url']) ??
    METHOD_AND_PATH.exec(span.name)?.[2]
  return target === undefined ? methodOf(method) : `${methodOf(method)} ${pathPattern(target)}`
}

/** A route is low-cardinality by its definition; only its length, its query and odd characters are not trusted. */
const routeOf = memoize((route) => clean(route.slice(0, 180).replace(/[?#].*$/s, '')), REMEMBERED)

const methodOf = (method: string): string => {
  const upper = method.toUpperCase()
  return METHODS.has(upper) ? upper : '_OTHER'
}

function ofMessaging(span: Span): string | undefined {
  const { attributes } = span
  if (attributes['messaging.system'] === undefined) return undefined
  const destination =
    text(attributes['messaging.destination.template']) ??
    text(attributes['messaging.destination.name']) ??
    text(attributes['messaging.destination'])
  const isGenerated =
    attributes['messaging.destination.temporary'] === true || attributes['messaging.destination.anonymous'] === true
  const type =
    text(attributes['messaging.operation.type']) ??
    text(attributes['messaging.operation']) ??
    text(attributes['messaging.operation.name']) ??
    (span.kind === SPAN_KIND.producer ? 'send' : 'process')
  return joined(nameOf(type), isGenerated ? '*' : destination === undefined ? '' : nameOf(lastOf(destination)))
}

/** The name in a queue's URL or a topic's ARN; the name itself otherwise. */
const lastOf = (destination: string): string =>
  destination.startsWith('arn:') || destination.includes('://')
    ? destination.slice(Math.max(destination.lastIndexOf(':'), destination.lastIndexOf('/')) + 1)
    : destination

/** Database spans: the summary, or operation and collection; never the statement, which holds values. */
function ofDatabase(attributes: Attributes): string | undefined {
  const summary = text(attributes['db.query.summary'])
  if (summary !== undefined) return nameOf(summary)
  const operation = text(attributes['db.operation.name']) ?? text(attributes['db.operation'])
  if (operation === undefined) return undefined
  const collection =
    text(attributes['db.collection.name']) ??
    text(attributes['db.sql.table']) ??
    text(attributes['db.mongodb.collection'])
  return joined(nameOf(operation), collection === undefined ? '' : nameOf(collection))
}

/** All that `operationOf` can read from a span's name: names with the same facets give the same operations. */
export function nameFacets(name: string): string {
  const target = METHOD_AND_PATH.exec(name)?.[2]
  return `${operationOfText(name)}\n${nameOf(name)}\n${target === undefined ? '' : pathPattern(target)}`
}

/** Is there nothing in a text that can be printed? `operationOf` may ask the next convention then, as if it were empty. */
export const isBlank = (text: string): boolean => clean(text.slice(0, MAX_CHARACTERS)) === ''

/** What is left: a function's trigger, and the span's name. */
function ofName(span: Span): string {
  const trigger = text(span.attributes['faas.trigger'])
  return trigger === undefined ? operationOfText(span.name) : joined(nameOf(trigger), nameOf(span.name))
}

const text = (value: Attributes[string]): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** Two parts, a blank between them where both are there; at most 200 characters. */
function joined(first: string, second: string): string {
  if (second === '') return first === '' ? 'unnamed' : first
  const both = `${first} ${second}`
  return both.length <= MAX_CHARACTERS ? both : cleanText(both)
}
