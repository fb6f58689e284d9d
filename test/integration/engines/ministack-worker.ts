import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { type Invocation, type LambdaEnvironment, startLambda } from './lambda-runtime.ts'

// What MiniStack starts as `node` for a function: it hands over one JSON line that says what to load, then a line an
// invocation, and reads a line back for each. Here lambda-runtime.ts answers, in the place of MiniStack's own loader.

const loadSchema = z.object({
  code_dir: z.string(),
  module: z.string(),
  handler: z.string(),
  env: z.record(z.string(), z.string()),
  function_name: z.string(),
  memory: z.number(),
})
const invocationSchema = z.object({
  event: z.unknown(),
  ctx: z.object({ trace_id: z.string().nullish() }),
})

/** Variables that MiniStack sets in this process for the function. */
const GIVEN = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const

const PLAIN_HTTPS = fileURLToPath(new URL('plain-https.cjs', import.meta.url))

const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

function load(line: string): Promise<LambdaEnvironment> {
  const { code_dir, module, handler, env, function_name, memory } = loadSchema.parse(JSON.parse(line))
  const given = GIVEN.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))
  return startLambda({
    name: function_name,
    code: code_dir,
    handler: `${module}.${handler}`,
    memoryMib: memory,
    timeoutMs: Number(process.env._LAMBDA_TIMEOUT) * 1000,
    environment: {
      ...env,
      NODE_OPTIONS: `${env.NODE_OPTIONS ?? ''} --require ${PLAIN_HTTPS}`,
      ...Object.fromEntries(given),
      ...JSON.parse(process.env.TOLLGATE_FUNCTION_VARIABLES ?? '{}'),
    },
    layers: (process.env._LAMBDA_LAYERS_DIRS ?? '').split(':').filter((folder) => folder !== ''),
    region: process.env.AWS_REGION ?? 'us-east-1',
    print: (text) => console.error(text),
  })
}

function answerOf(invocation: Invocation): unknown {
  if (invocation.ok) return { status: 'ok', result: invocation.answer }
  const { errorMessage, errorType, trace } = invocation.error
  return { status: 'error', error: `${errorType}: ${errorMessage}`, trace: trace?.join('\n') ?? '' }
}

let lambda: LambdaEnvironment | undefined
process.on('SIGTERM', async () => {
  await lambda?.close()
  process.exit(0)
})
for await (const line of createInterface({ input: process.stdin })) {
  try {
    if (lambda === undefined) {
      lambda = await load(line)
      say({ status: 'ready', cold: true })
    } else {
      const { event, ctx } = invocationSchema.parse(JSON.parse(line))
      say(answerOf(await lambda.invoke(event, ctx.trace_id ? { traceId: ctx.trace_id } : {})))
    }
  } catch (error) {
    say({ status: 'error', error: String(error) })
  }
}
await lambda?.close()
