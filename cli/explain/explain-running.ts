import * as z from 'zod'
import type { Explained } from '../../layers/core/explain/explained.ts'
import { askExplore } from '../explore-api.ts'
import type { ExplainedOfFile } from './explain-files.ts'

/** The running system explains with the same code; only that it is a list of spans is checked here. */
const answerSchema = z.array(
  z.custom<Explained>((one) => z.object({ traceId: z.string(), lines: z.array(z.unknown()) }).safeParse(one).success),
)

/** No span of the trace is in the log of the running system. */
class NoSuchTrace extends Error {
  override readonly name = 'NoSuchTrace'
  constructor(trace: string, origin: string) {
    super(`${origin} holds no span of trace ${trace}: it keeps the newest 8 MiB of each of its 12 partitions`)
  }
}

/** Explains the spans of a trace that a running `tollgate dev` still holds. @throws NoSuchTrace, NoAnswer */
export async function askRunningSystem(url: URL, trace: string): Promise<readonly ExplainedOfFile[]> {
  const question = { path: '/v1/explain', parameters: { trace }, schema: answerSchema }
  const { answer } = await askExplore(url, question, undefined)
  if (answer.length === 0) throw new NoSuchTrace(trace, url.origin)
  return answer.map((explained) => ({ ...explained, from: url.origin }))
}
