import * as z from 'zod'
import type { SignGet, SignRequest } from '../layers/adapters/request-signer.ts'
import { messageOf } from './message-of.ts'
import { UsageError } from './usage-error.ts'

/** Where `tollgate dev` serves the API. */
export const LOCAL_API = 'http://127.0.0.1:4319'

/** The explore API gave no answer that can be shown; the message says what to do. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/** One question to the explore API: `/v1/spend` with its parameters, asked at `base`. */
export interface ExploreQuestion<T> {
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
  /** What of the answer is used. */
  readonly schema: z.ZodType<T>
}

const TIMEOUT_MS = 10_000
/** The question cannot be answered as it was written. */
const BAD_REQUEST = 400
const UNAUTHORIZED = 401
const FORBIDDEN = 403

/**
 * Asks the explore API of a running system. Answers with what the schema makes of the answer, and with all of it.
 * @throws NoAnswer; UsageError where the API says what is wrong with the question
 */
export async function askExplore<T>(
  base: URL,
  { path, parameters, schema }: ExploreQuestion<T>,
  sign: SignGet | undefined,
): Promise<{ readonly answer: T; readonly raw: unknown }> {
  const url = new URL(`${base.pathname.replace(/\/$/, '')}${path}`, base)
  url.search = Object.entries(parameters)
    .map(([name, value]) => `${percentEncoded(name)}=${percentEncoded(value)}`)
    .join('&')
  return understood(url, await getJson(url, sign), schema)
}

/**
 * As a signature has it: every character but the unreserved ones in percents, a space as `%20` (IAM user guide, "Create a signed AWS
 * API request"). URLSearchParams writes `+`, which a signed request may not have.
 */
const percentEncoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * Sends a document to a route of a running system, as JSON. Answers as askExplore does.
 * @throws NoAnswer; UsageError where the API says what is wrong with the question
 */
export async function sendExplore<T>(
  base: URL,
  { path, body, schema }: { readonly path: string; readonly body: unknown; readonly schema: z.ZodType<T> },
  sign: SignRequest | undefined,
): Promise<{ readonly answer: T; readonly raw: unknown }> {
  const url = new URL(`${base.pathname.replace(/\/$/, '')}${path}`, base)
  const text = JSON.stringify(body)
  const headers = { accept: 'application/json', 'content-type': 'application/json' }
  const signed = sign === undefined ? headers : await sign(url, headers, text)
  return understood(
    url,
    await answerOf(url, { method: 'POST', body: text, headers: signed }, sign !== undefined),
    schema,
  )
}

function understood<T>(url: URL, raw: unknown, schema: z.ZodType<T>): { readonly answer: T; readonly raw: unknown } {
  const result = schema.safeParse(raw)
  if (result.success) return { answer: result.data, raw }
  throw new NoAnswer(`${url.origin} is no explore API of Tollgate: its ${url.pathname} answers something else`)
}

async function getJson(url: URL, sign: SignGet | undefined): Promise<unknown> {
  const headers = { accept: 'application/json' }
  return answerOf(url, { headers: sign === undefined ? headers : await sign(url, headers) }, sign !== undefined)
}

async function answerOf(url: URL, request: RequestInit, isSigned: boolean): Promise<unknown> {
  const { ok, status, text } = await fetched(url, request)
  const body = parsed(text)
  if (ok) return body
  if (status === BAD_REQUEST) throw new UsageError(`${url.origin} says ${detailOf(body)}`)
  throw new NoAnswer(`${url.origin} answered ${status}: ${detailOf(body)}: ${adviceOn(status, isSigned)}`)
}

/** The whole answer. @throws NoAnswer */
async function fetched(url: URL, request: RequestInit) {
  try {
    const response = await fetch(url, { ...request, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) })
    return { ok: response.ok, status: response.status, text: await response.text() }
  } catch (error) {
    const advice = 'start the system with "tollgate dev", or give the address of a running one with --url'
    throw new NoAnswer(`no answer from ${url.origin} (${messageOf(error)}): ${advice}`)
  }
}

/** Undefined where it is no JSON, as a proxy's page. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function adviceOn(status: number, isSigned: boolean): string {
  if (status !== FORBIDDEN && status !== UNAUTHORIZED) return '"tollgate doctor" looks for the cause'
  return isSigned
    ? 'sign in again, allow your identity execute-api:Invoke on it, or take another one with AWS_PROFILE'
    : 'name the system with --stack, or sign the question with --sign REGION'
}

const problemSchema = z.object({ detail: z.string() }).or(z.object({ message: z.string() }))

function detailOf(body: unknown): string {
  const problem = problemSchema.safeParse(body)
  if (!problem.success) return 'no reason given'
  return 'detail' in problem.data ? problem.data.detail : problem.data.message
}
