import { parseArgs } from 'node:util'
import { chaos } from './chaos.ts'
import { type HeldWindows, holdWindows } from './held-windows.ts'
import { recreateUnderOldEpoch } from './recreated-topic.ts'
import { openStage, type Stage } from './stage.ts'

// The fault fuzzer: `npm run -s fuzz -- --minutes N [--seed S]`. See docs/testing.md.

/** Minutes of windows pass in seconds. */
const SPEED = 20
const ROUND_SECONDS = 60
const PROGRESS_EVERY_MS = 5_000

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } } })
const minutes = Number(values.minutes)
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed)
if (!(minutes > 0) || !Number.isInteger(seed)) {
  process.stderr.write('usage: fuzz [--minutes N] [--seed INTEGER]\n')
  process.exit(2)
}

const startMs = Date.now()
const say = (line: string): void => void process.stdout.write(`${line}\n`)
say(`seed ${seed}: it fixes the traffic and the odds; what the processes make of them is up to the machine`)
say(
  'the price book is pinned: prices are there or not, and never change (a retry under a newer price may cost otherwise)',
)

async function run(): Promise<number> {
  const stage = await openStage(seed, SPEED)
  let held: HeldWindows | undefined
  let error: unknown
  try {
    held = await Promise.race([play(stage), interrupted()])
  } catch (cause) {
    error = cause
  }
  const summary = summaryOf(stage, held, error)
  await stage.close()
  if (error !== undefined) say(`FAILED with seed ${seed}: ${error instanceof Error ? error.message : String(error)}`)
  say(JSON.stringify(summary))
  return error === undefined ? 0 : 1
}

/** Stopped from outside, a run still ends its engines and deletes their folders. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error(signal)))
  })
}

async function play(stage: Stage): Promise<HeldWindows> {
  const endMs = Date.now() + minutes * 60_000
  const progress = progressLines(stage)
  const held = await holdWindows(stage, progress)
  await settled(stage)
  do {
    await stage.recreateTopic('new')
    await chaos(stage, Math.min(ROUND_SECONDS, Math.max(15, (endMs - Date.now()) / 1000)), progress)
    await settled(stage)
  } while (Date.now() < endMs)
  await recreateUnderOldEpoch(stage)
  return held
}

async function settled(stage: Stage): Promise<void> {
  await stage.calmAndDrain()
  await stage.checkDigits()
  say(`${elapsed()} the ledger equals the straight sum: ${stage.checked().numbers} numbers compared so far`)
}

const elapsed = (): string => `${String(Math.round((Date.now() - startMs) / 1000)).padStart(4)} s`

function progressLines(stage: Stage): () => void {
  let next = Date.now()
  return () => {
    if (Date.now() < next) return
    next = Date.now() + PROGRESS_EVERY_MS
    say(`${elapsed()} ${stage.produced()} records, ${stage.tally.total()} faults, ${stage.proxy.requests()} requests`)
  }
}

function summaryOf(stage: Stage, held: HeldWindows | undefined, error: unknown) {
  return {
    ok: error === undefined,
    ...{ seed, minutes, seconds: Math.round((Date.now() - startMs) / 1000) },
    records: stage.produced(),
    requests: stage.proxy.requests(),
    numbersCompared: stage.checked().numbers,
    comparisons: stage.checked().times,
    heldWindows: held,
    failuresRetried: Object.fromEntries(stage.failures),
    faults: stage.tally.total(),
    faultsByKind: stage.tally.byKind(),
    ...(error === undefined ? {} : { error: String(error) }),
  }
}

process.exit(await run())
