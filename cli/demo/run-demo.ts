import type { Configuration } from '../../layers/core/configuration.ts'
import { type ManualClock, manualClock, realSleep } from '../../local/clock.ts'
import { type LocalSystem, startLocalSystem } from '../../local/system.ts'
import { localConfiguration } from '../local-configuration.ts'
import { messageOf } from '../message-of.ts'
import { drawAnswer } from './answer.ts'
import { demoConfiguration } from './demo-configuration.ts'
import { type DemoReport, demoReport } from './demo-report.ts'
import { createNarrator } from './narrator.ts'
import { readOtlpFiles } from './otlp-files.ts'
import { STORY_START, type StoryWatcher, tellStory } from './story.ts'

interface Output {
  readonly json: boolean
  readonly write: (line: string) => void
}

const SILENT: StoryWatcher = {
  deployed: () => {},
  burst: () => {},
  closed: () => {},
  alerted: () => {},
  flagged: () => {},
  answered: () => {},
}

/** The story of the bad deploy, told as it goes or as one JSON document. */
export async function runStory(output: Output & { readonly speed: number; readonly colour: boolean }): Promise<void> {
  const clock = manualClock(STORY_START)
  const system = await startQuietly(demoConfiguration(), clock)
  try {
    if (!output.json) for (const line of introduction(output.speed)) output.write(line)
    const narrator = createNarrator({ ...output, startMs: STORY_START })
    const watcher = output.json ? SILENT : narrator
    const counts = await tellStory({ system, clock, watcher, speed: output.json ? undefined : output.speed })
    const report = await reportOf(system, counts.gate)
    if (output.json) output.write(JSON.stringify(report, null, 2))
    else for (const line of drawAnswer(report, output.colour)) output.write(line)
  } finally {
    await system.close()
  }
}

/** What the files cost, as if each had just arrived when its latest span ended. */
export async function runFiles(output: Output & { readonly files: readonly string[] }): Promise<void> {
  const records = [...(await readOtlpFiles(output.files))].sort((a, b) => a.timestampMs - b.timestampMs)
  const clock = manualClock(records[0]?.timestampMs ?? STORY_START)
  const system = await startQuietly(await localConfiguration(undefined), clock)
  try {
    for (const record of records) {
      clock.set(record.timestampMs)
      await system.append(record.value, { timestampMs: record.timestampMs })
      await system.settle()
    }
    clock.advance(AFTERMATH_MS)
    await system.settle()
    const report = await reportOf(system, [])
    if (output.json) output.write(JSON.stringify(report, null, 2))
    else for (const line of drawAnswer(report, false)) output.write(line)
  } finally {
    await system.close()
  }
}

/** After the last record, the windows of its spans are closed and judged. */
const AFTERMATH_MS = 120_000

function startQuietly(configuration: Configuration, clock: ManualClock): Promise<LocalSystem> {
  return startLocalSystem({
    configuration,
    clock,
    sleep: realSleep,
    ports: { otlp: 0, api: 0 },
    report: failFast(),
    expires: false,
  })
}

/** What fails again and again here will not get better: there is no other process to wait for. */
const MAX_TROUBLES = 5

/** Tells what goes wrong, and ends the process when it goes on: what was made by then must not look like a result. */
function failFast(): (what: string, error: unknown) => void {
  let troubles = 0
  return (what, error) => {
    process.stderr.write(`${what}: ${messageOf(error)}\n`)
    troubles += 1
    if (troubles >= MAX_TROUBLES) process.exit(1)
  }
}

async function reportOf(system: LocalSystem, gate: DemoReport['gate']): Promise<DemoReport> {
  const services = (await system.budgets.readStates()).map(({ service }) => service)
  const read = await Promise.all(services.map((service) => system.ledger.readService(service)))
  const deadLetters = []
  for await (const letter of system.deadLetters.list()) deadLetters.push(letter)
  const received = system.observations().reduce((sum, one) => (one.kind === 'partition' ? sum + one.spans : sum), 0)
  return demoReport({
    received,
    rows: read.flatMap(({ rows }) => rows),
    parked: read.flatMap(({ parked }) => parked),
    deadLetters,
    flags: await system.readFlags(),
    alerts: system.inbox.messages().map(({ subject, attributes }) => ({
      service: attributes.service?.value ?? '',
      subject: subject ?? '',
      transition: attributes.transition?.value ?? '',
    })),
    gate,
  })
}

function introduction(speed: number): readonly string[] {
  return [
    '',
    '  Tollgate: five services of a shop, their real OpenTelemetry spans, and the',
    '  functions that `cdk deploy` ships, on this machine alone. DynamoDB, Kafka, SNS',
    `  and S3 are stand-ins. One second is ${speed === 60 ? 'one minute' : `${speed} seconds`} of the story. Each service`,
    '  may spend $500 a day; the budgets are set to `enforce` by this demo alone:',
    '  yours start in `shadow`, and throttle nobody.',
    '',
    '  A bar is a minute of spend, in multiples of what the budget allows a minute.',
  ]
}
