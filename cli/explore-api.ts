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
  const signed = async () => (sign === undefined ? headers : sign(url, headers, text))
  return understood(
    url,
    await answerOf(url, async () => ({ method: 'POST', body: text, headers: await signed() })),
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
  return answerOf(url, async () => ({ headers: sign === undefined ? headers : await sign(url, headers) }))
}

async function answerOf(url: URL, request: () => Promise<RequestInit>): Promise<unknown> {
  try {
    const response = await fetch(url, {
      ...(await request()),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const body: unknown = await response.json()
    if (response.ok) return body
    if (response.status === BAD_REQUEST) throw new UsageError(`${url.origin} says ${detailOf(body)}`)
    throw new NoAnswer(`${url.origin} answered ${response.status}: ${detailOf(body)}`)
  } catch (error) {
    if (error instanceof NoAnswer || error instanceof UsageError) throw error
    const advice = 'start the system with "tollgate dev", or give the address of a running one with --url'
    throw new NoAnswer(`no answer from ${url.origin} (${messageOf(error)}): ${advice}`)
  }
}

const problemSchema = z.object({ detail: z.string() }).or(z.object({ message: z.string() }))

function detailOf(body: unknown): string {
  const problem = problemSchema.safeParse(body)
  if (!problem.success) return 'no reason given'
  return 'detail' in problem.data ? problem.data.detail : problem.data.message
}
