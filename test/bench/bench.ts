import { execFileSync } from 'node:child_process'
import { inBundle } from './bundled.ts'
import { targetsInUsd } from './cost-facts.ts'
import { countInstructions } from './count-instructions.ts'

/** Prints what attribute-spans costs beside the platform's floor, as JSON; docs/performance.md says what the numbers are. */

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 60)

/** In a process of its own, which holds what a function's holds and no more. */
const MEASURE =
  'require(process.argv[1]).measureConsumer(Number(process.argv[2])).then((all) => console.log(JSON.stringify(all)))'

type Consumer = Awaited<ReturnType<typeof import('./measure-consumer.ts').measureConsumer>>

const measured = inBundle('measure-consumer.ts', (file) =>
  execFileSync(process.execPath, ['--expose-gc', '-e', MEASURE, file, String(ROUNDS)], { encoding: 'utf8' }),
)
const { shapes, ...consumer } = JSON.parse(measured) as Consumer
const usd = await targetsInUsd(1e9 / consumer.attributeSpans.spansPerSecond)
const result = {
  ...consumer,
  /** Of decoding, rating and folding. */
  instructions: countInstructions(),
  /** DynamoDB and Lambda, at 50 services on tables as they are deployed; docs/cost.md has the rest. */
  usdPerMillionSpans: usd[0]?.usd,
  usdPerMillionSpansOf: usd,
  shapes,
  node: process.version,
}
/** `--all`: on real engines too, which takes some four minutes, Java and Go. */
const engines = process.argv.includes('--all') ? await (await import('./engines.ts')).benchOnEngines() : {}
process.stdout.write(`${JSON.stringify({ ...result, ...engines }, null, 2)}\n`)
