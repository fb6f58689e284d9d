import { execFile } from 'node:child_process'
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { collectorProgram } from '../integration/engines/collector.ts'
import { startEngine } from '../integration/engines/engine-process.ts'
import { cpuPerRecord, cpuSecondsOf, type Progress } from './cpu-of-process.ts'
import { committedRecords, type ProducedSpans, produceSpans } from './produced-spans.ts'

const COUNTING = fileURLToPath(new URL('collector-count.yaml', import.meta.url))
const READING = fileURLToPath(new URL('collector-read.yaml', import.meta.url))
const CONSUMER = fileURLToPath(new URL('consume-topic.ts', import.meta.url))
const SPANS = 800_000
const LOOK_MS = 100
/** Longer than any machine takes. */
const GIVE_UP_MS = 120_000

/**
 * The Collector's CPU beside this system's for the same records of the same Kafka, by programs that have warmed up on most of the topic and
 * write nowhere: there spans are decoded, paths normalised and milliseconds summed by service and path, here all meters rate and price.
 */
export async function againstCollector(brokers: string) {
  const produced = await produceSpans(brokers, 'bench-collector', SPANS)
  const spansPerRecord = produced.spans / produced.records
  const secondsPerSpan = (seen: readonly Progress[]): number => cpuPerRecord(seen, produced.records) / spansPerRecord
  const own = secondsPerSpan(await ownProgress(brokers, produced))
  const collector = secondsPerSpan(await collectorProgress(COUNTING, brokers, produced))
  const reading = secondsPerSpan(await collectorProgress(READING, brokers, produced))
  return {
    spansPerCpuSecond: Math.round(1 / collector),
    /** Of attribute-spans, from the event's JSON on: what Lambda runs and bills. Its pollers read Kafka, the Collector reads it itself. */
    ratio: ratio(collector, own),
    attributeSpans: { spansPerCpuSecond: Math.round(1 / own) },
    /** What reading Kafka takes the Collector is left out on its side too. */
    withoutKafka: {
      spansPerCpuSecond: Math.round(1 / (collector - reading)),
      ratio: ratio(collector - reading, own),
    },
    spans: produced.spans,
    bytesPerSpan: Math.round(produced.bytesPerSpan),
  }
}

const ratio = (theirs: number, ours: number): number => Math.round((theirs / ours) * 100) / 100

async function ownProgress(brokers: string, { topic, records }: ProducedSpans): Promise<readonly Progress[]> {
  const args = [CONSUMER, brokers, topic, String(records)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 2 ** 20, timeout: GIVE_UP_MS })
  return JSON.parse(stdout) as readonly Progress[]
}

async function collectorProgress(
  pipeline: string,
  brokers: string,
  { topic, records }: ProducedSpans,
): Promise<readonly Progress[]> {
  const group = `${topic}-${basename(pipeline)}`
  const committed = committedRecords(brokers, topic, group)
  const environment = { KAFKA_BROKERS: brokers, KAFKA_TOPIC: topic, KAFKA_GROUP: group }
  const collector = await startEngine(await collectorProgram(), ['--config', pipeline], {
    ready: /Everything is ready/,
    environment,
  })
  try {
    const seen: Progress[] = []
    const until = Date.now() + GIVE_UP_MS
    while ((seen.at(-1)?.records ?? 0) < records) {
      if (Date.now() > until) throw new Error(`the Collector has come to record ${seen.at(-1)?.records} of ${records}`)
      await pause(LOOK_MS)
      seen.push({ records: await committed.read(), cpuSeconds: cpuSecondsOf(collector.pid) })
    }
    return seen
  } finally {
    await collector.terminate()
    await committed.close()
  }
}
