import type { Command } from 'commander'

/** `tollgate invoke`: runs a function that AWS runs, on an event file, against local tables. */
export function register(program: Command): void {
  program
    .command('invoke')
    .description(
      'Run a function on an event file (as `aws lambda invoke` takes it, - for standard input) against local tables, and ' +
        'print the rows it wrote, the dead letters and its answer.',
    )
    .argument('<function>', 'the name of a folder of functions/, for instance attribute-spans')
    .argument('<event>', 'a JSON file with the event, or - for standard input')
    .option('--data <folder>', 'the folder of `tollgate dev --data`; without it, the tables are new and empty')
    .option('--configuration <file>', 'a configuration: the object that cdk.json has under "tollgate"')
    .option('--json', 'print one JSON document')
    .action(run)
}

interface InvokeOptions {
  readonly data?: string
  readonly configuration?: string
  readonly json?: true
}

async function run(name: string, eventFile: string, options: InvokeOptions): Promise<void> {
  // Loaded here, so that other commands start without the whole system.
  const { invoke } = await import('../invoke/invoke.ts')
  const { drawInvocation } = await import('../invoke/draw-invocation.ts')
  const invocation = await invoke({ name, eventFile, ...options })
  const text = options.json ? JSON.stringify(invocation, null, 2) : drawInvocation(invocation).join('\n')
  process.stdout.write(`${text}\n`)
}
