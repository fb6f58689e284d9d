import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { type RuntimeApi, type RuntimeCall, serveRuntimeApi } from './lambda-runtime-api.ts'
import { type LambdaRuntimeClient, lambdaRuntimeClient } from './lambda-runtime-client.ts'

/** A function as it is deployed. */
export interface LambdaFunction {
  readonly name: string
  /** Folder of its code: what the zip holds. */
  readonly code: string
  /** `<module>.<export>`, as in the template. */
  readonly handler: string
  readonly memoryMib: number
  readonly timeoutMs: number
  /** The function's own variables. A path under /opt in a value becomes the same path in the environment's own folder. */
  readonly environment?: Readonly<Record<string, string>>
  /** Folders of what its layers hold, laid over each other in this order, as under /opt. */
  readonly layers?: readonly string[]
  readonly region?: string
  readonly account?: string
  /** Each line that it prints; they are kept in `log` too. */
  readonly print?: (line: string) => void
}

/** How an invocation ended. Timeouts and exits have the error types that Lambda gives them. */
export type Invocation = {
  readonly requestId: string
  /** From the event's arrival to the answer, without initialization. */
  readonly durationMs: number
} & (
  | { readonly ok: true; readonly answer: unknown }
  | {
      readonly ok: false
      readonly error: { readonly errorType: string; readonly errorMessage: string; readonly trace?: readonly string[] }
    }
)

/** One execution environment: it handles one event at a time, and stands still in between. */
export interface LambdaEnvironment {
  /** Events wait for each other. After a timeout or an exit the next one finds a new process, as on AWS. */
  invoke(event: unknown, options?: { readonly traceId?: string }): Promise<Invocation>
  /** Of the newest process: from its start to the first `next`, ms. */
  initMs(): number
  /** The most memory that the newest process ever held (VmHWM), MiB. */
  peakMemoryMib(): number
  /** Process id of the newest process, of its process group too. */
  pid(): number
  /** All it printed, stdout and stderr. */
  log(): string
  /** Ends it without a word, as Lambda does. */
  close(): Promise<void>
}

/** The function could not be initialized. */
export class InitFailed extends Error {
  override readonly name = 'InitFailed'
}

/** A process and its Runtime API. */
interface Sandbox {
  readonly child: ChildProcess
  readonly api: RuntimeApi
  readonly pid: number
  readonly initMs: number
  /** What the runtime says from now on. Silent after its end: `gone` tells. */
  listen(listener: (call: RuntimeCall) => void): void
  readonly gone: Promise<string>
  freeze(): void
  thaw(): void
  end(): Promise<void>
}

/**
 * Starts a function as Lambda's Node runtime does, without a container: AWS's own runtime client on this Node, the
 * Runtime API on loopback, /opt by `layers`, `AWS_LAMBDA_EXEC_WRAPPER`, the reserved variables, no variable of this process
 * but PATH. Between invocations the whole process group is stopped (SIGSTOP), so that timers, sockets and clocks of the
 * function see what they see on AWS. CPU is not limited and extensions are not served.
 * @throws InitFailed when the handler cannot be loaded
 */
export async function startLambda(fn: LambdaFunction): Promise<LambdaEnvironment> {
  const runtime = await lambdaRuntimeClient()
  const opt = mkdtempSync(join(tmpdir(), 'tollgate-opt-'))
  for (const layer of fn.layers ?? []) cpSync(layer, opt, { recursive: true })
  const log: string[] = []
  const print = (line: string): void => {
    log.push(line)
    fn.print?.(line)
  }
  const start = (): Promise<Sandbox> => startSandbox(fn, runtime, opt, print)
  let sandbox: Sandbox | undefined = await start()
  let newest = sandbox
  let turn: Promise<unknown> = Promise.resolve()

  const invokeNow = async (event: unknown, traceId: string): Promise<Invocation> => {
    sandbox ??= await start()
    newest = sandbox
    const { invocation, ended } = await runInvocation(fn, sandbox, event, traceId)
    if (ended) sandbox = undefined
    return invocation
  }
  return {
    invoke: (event, options) => {
      const mine = turn.then(() => invokeNow(event, options?.traceId ?? newTraceId()))
      turn = mine.catch(() => undefined)
      return mine
    },
    initMs: () => newest.initMs,
    peakMemoryMib: () => peakMemoryMib(newest.pid),
    pid: () => newest.pid,
    log: () => log.join('\n'),
    close: async () => {
      await sandbox?.end()
      rmSync(opt, { recursive: true, force: true })
    },
  }
}

async function startSandbox(
  fn: LambdaFunction,
  runtime: LambdaRuntimeClient,
  opt: string,
  print: (line: string) => void,
): Promise<Sandbox> {
  let listener: (call: RuntimeCall) => void = () => undefined
  const api = await serveRuntimeApi((call) => listener(call))
  const started = performance.now()
  const environment = variables(fn, opt, api.address, runtime)
  const [command = process.execPath, ...args] = commandOf(
    fn.memoryMib,
    runtime.program,
    environment.AWS_LAMBDA_EXEC_WRAPPER,
  )
  const child = spawn(command, args, {
    cwd: fn.code,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own: a wrapper's children are frozen and ended with it
  })
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, name)
  }
  const killWithTests = (): void => signal('SIGKILL')
  process.once('exit', killWithTests)
  printLines(child, print)
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, by) => resolve(by === null ? `exit status ${code}` : `signal ${by}`))
  }).finally(() => {
    process.off('exit', killWithTests)
    return api.close()
  })
  const end = async (): Promise<void> => {
    signal('SIGKILL')
    await gone
  }
  const ready = new Promise<void>((resolve, reject) => {
    listener = (call) => {
      if (call.kind === 'next') resolve()
      if (call.kind === 'init-error') reject(new InitFailed(`${fn.name}: ${call.body}`))
    }
    void gone.then((how) => reject(new InitFailed(`${fn.name}: the runtime ended: ${how}`)))
  })
  await ready.catch(async (error: unknown) => {
    await end()
    throw error
  })
  const initMs = performance.now() - started
  signal('SIGSTOP')
  return {
    child,
    api,
    pid: child.pid ?? 0,
    initMs,
    gone,
    end,
    listen: (next) => {
      listener = next
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  }
}

/** The process is over after a timeout or an exit, and waits, frozen, after everything else. */
async function runInvocation(
  fn: LambdaFunction,
  sandbox: Sandbox,
  event: unknown,
  traceId: string,
): Promise<{ readonly invocation: Invocation; readonly ended: boolean }> {
  const requestId = randomUUID()
  const started = performance.now()
  const failed = (errorType: string, errorMessage: string) => ({
    invocation: {
      requestId,
      durationMs: performance.now() - started,
      ok: false as const,
      error: { errorType, errorMessage },
    },
    ended: true,
  })
  let invocation: Invocation | undefined
  const done = new Promise<Invocation>((resolve) => {
    sandbox.listen((call) => {
      if (call.kind === 'next' && invocation !== undefined) {
        sandbox.freeze()
        resolve(invocation)
      }
      if ((call.kind !== 'response' && call.kind !== 'error') || call.requestId !== requestId) return
      const durationMs = performance.now() - started
      const body = JSON.parse(call.body)
      invocation =
        call.kind === 'response'
          ? { requestId, durationMs, ok: true, answer: body }
          : { requestId, durationMs, ok: false, error: body }
    })
  })
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), fn.timeoutMs)
  })
  sandbox.thaw()
  sandbox.api.dispatch({
    requestId,
    event: JSON.stringify(event ?? null),
    deadline: Date.now() + fn.timeoutMs,
    functionArn: functionArn(fn),
    traceId,
  })
  const outcome = await Promise.race([done, timeout, sandbox.gone])
  clearTimeout(timer)
  if (outcome === 'timeout') {
    await sandbox.end()
    return failed(
      'Sandbox.Timedout',
      `RequestId: ${requestId} Error: Task timed out after ${(fn.timeoutMs / 1000).toFixed(2)} seconds`,
    )
  }
  if (typeof outcome === 'string') {
    return failed('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime exited: ${outcome}`)
  }
  return { invocation: outcome, ended: false }
}

const functionArn = ({ region = 'us-east-1', account = '000000000000', name }: LambdaFunction): string =>
  `arn:aws:lambda:${region}:${account}:function:${name}`

/** The heap's share of the memory, as the runtime's own start script gives it. */
const OLD_SPACE = 0.9
const SEMI_SPACE = 0.05

function commandOf(memoryMib: number, program: string, wrapper: string | undefined): string[] {
  const heap = [
    '--expose-gc',
    `--max-semi-space-size=${Math.floor(memoryMib * SEMI_SPACE)}`,
    `--max-old-space-size=${Math.floor(memoryMib * OLD_SPACE)}`,
  ]
  const command = [process.execPath, ...heap, program]
  return wrapper ? [wrapper, ...command] : command
}

/** The variables that Lambda defines (Lambda guide, configuration-envvars), and the function's own, which do not replace them. */
function variables(
  fn: LambdaFunction,
  opt: string,
  api: string,
  { program, modules }: LambdaRuntimeClient,
): Record<string, string> {
  const { region = 'us-east-1' } = fn
  const own = Object.entries(fn.environment ?? {}).map(([name, value]): [string, string] => [
    name,
    value.replaceAll(/(?<![\w.-])\/opt(?=\/)/g, opt),
  ])
  return {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    NODE_PATH: [...['node24/node_modules', 'node_modules'].map((path) => join(opt, 'nodejs', path)), modules].join(
      delimiter,
    ),
    ...Object.fromEntries(own),
    PATH: [join(opt, 'bin'), process.env.PATH].join(delimiter),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMib),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `$LATEST/${randomUUID().replaceAll('-', '')}`,
    AWS_LAMBDA_RUNTIME_API: api,
    LAMBDA_TASK_ROOT: fn.code,
    LAMBDA_RUNTIME_DIR: dirname(program),
    _HANDLER: fn.handler,
  }
}

/** `X-Amzn-Trace-Id` of a trace that is not sampled (X-Ray guide, xray-concepts-tracingheader). */
const newTraceId = (): string =>
  `Root=1-${randomBytes(4).toString('hex')}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`

function printLines(child: ChildProcess, print: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) print(line)
    })
    stream?.on('end', () => rest !== '' && print(rest))
  }
}

function peakMemoryMib(pid: number): number {
  const status = `/proc/${pid}/status`
  const kib = existsSync(status) ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1] : undefined
  return Number(kib ?? 0) / 1024
}
