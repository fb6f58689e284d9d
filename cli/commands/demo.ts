import type { Command } from 'commander'
import { wholeNumber } from '../option-values.ts'

/** `tollgate demo`: a bad deploy burns money and is throttled; or what OTLP files cost. */
export function register(program: Command): void {
  program
    .command('demo')
    .description('Watch a bad deploy burn money and be throttled, on this machine alone; or see what OTLP files cost.')
    .option('--otlp <files...>', 'feed it these OTLP files instead (JSON, JSON lines, protobuf, each also gzipped)')
    .option('--speed <factor>', 'how many seconds of the story pass in one', wholeNumber('--speed', 1, 100_000), 60)
    .option('--json', 'print one JSON document, and tell nothing on the way')
    .action(run)
}

interface DemoOptions {
  readonly otlp?: readonly string[]
  readonly speed: number
  readonly json?: true
}

async function run({ otlp, speed, json }: DemoOptions): Promise<void> {
  // Loaded here, so that other commands start without the whole system.
  const { runFiles, runStory } = await import('../demo/run-demo.ts')
  const output = { json: json === true, write: (line: string) => process.stdout.write(`${line}\n`) }
  if (otlp === undefined) await runStory({ ...output, speed, colour: process.stdout.isTTY === true })
  else await runFiles({ ...output, files: otlp })
}
