import * as z from 'zod'
import type { WrittenSelection } from '../../functions/redrive-letters/letter-selection.ts'
import type { Redriven } from '../../functions/redrive-letters/redrive-letters.ts'
import { messageOf } from '../message-of.ts'

/** The running system did not redrive; the message says what to do. */
class NotRedriven extends Error {
  override readonly name = 'NotRedriven'
}

const answerSchema = z.object({
  letters: z.int(),
  records: z.int(),
  spans: z.int(),
  byReason: z.record(z.string(), z.int()),
})
const refusalSchema = z.object({ message: z.string() })

/** Lets a running `tollgate dev` redrive its letters; answers when their bodies are in its log. @throws NotRedriven */
export async function redriveThere(base: URL, selection: WrittenSelection, isRehearsal: boolean): Promise<Redriven> {
  const url = new URL('/v1/redrive', base)
  for (const [name, value] of Object.entries(selection)) if (value !== undefined) url.searchParams.set(name, value)
  if (isRehearsal) url.searchParams.set('dryRun', '1')
  let response: Response
  try {
    response = await fetch(url, { method: 'POST', redirect: 'error' })
  } catch (error) {
    const advice = 'start "tollgate dev", or name a --data folder or a --bucket'
    throw new NotRedriven(`no answer from ${url.origin} (${messageOf(error)}): ${advice}`)
  }
  const body: unknown = await response.json().catch(() => undefined)
  const answer = answerSchema.safeParse(body)
  if (response.ok && answer.success) return answer.data
  const refusal = refusalSchema.safeParse(body)
  throw new NotRedriven(refusal.success ? refusal.data.message : `${url.origin} answered ${response.status}`)
}
