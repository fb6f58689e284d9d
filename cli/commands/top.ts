import { setTimeout as delay } from 'node:timers/promises'
import { styleText } from 'node:util'
import type { Command } from 'commander'
import { LOCAL_API } from '../explore-api.ts'
import { messageOf } from '../message-of.ts'
import { httpUrl, wholeNumber } from '../option-values.ts'
import { signerFor } from '../signer-for.ts'
import type { Costs } from '../top/costs-client.ts'
import type { Screen } from '../top/draw-top.ts'

/** `tollgate top`: which service, commit and operation drives this hour, and how the budgets stand. */
export function register(program: Command): void {
  program
    .command('top')
    .description("Show which service, commit and operation drives this hour's spend, and how the budgets stand.")
    .option('--url <url>', 'the API of a running system', httpUrl('--url', LOCAL_API), new URL(LOCAL_API))
    .option('--by <dimensions>', 'tell apart by service, commit, operation, or several with commas', 'commit,operation')
    .option('--once', 'print once and end')
    .option('--every <seconds>', 'pause between refreshes', wholeNumber('--every', 1, 3600), 2)
    .option('--sign <region>', 'sign the requests for this region; an address of API Gateway is signed without it')
    .option('--json', 'print one JSON document a refresh, with exact figures')
    .action(run)
}

/** More lines than any screen shows; the API sums the rest. */
const LINES = 200

interface TopOptions {
  readonly url: URL
  readonly by: string
  readonly every: number
  readonly once?: true
  readonly sign?: string
  readonly json?: true
}

async function run(options: TopOptions): Promise<void> {
  // Loaded here, so that other commands start without them.
  const [{ readCosts }, { drawTop }] = await Promise.all([
    import('../top/costs-client.ts'),
    import('../top/draw-top.ts'),
  ])
  const sign = await signerFor(options.url, options.sign)
  const read = (): Promise<Costs> => readCosts(options.url, options.by, LINES, sign)
  const show = (costs: Costs): string => (options.json ? JSON.stringify(costs.raw) : drawTop(costs, screen()))
  let shown = show(await read())
  if (options.once) {
    process.stdout.write(`${shown}\n`)
    return
  }
  for (;;) {
    refresh(shown, options.json === true)
    await delay(options.every * 1000)
    try {
      shown = show(await read())
    } catch (error) {
      // What was shown stays; a system that restarts comes back.
      process.stderr.write(`${messageOf(error)}\n`)
    }
  }
}

/** On a terminal each picture takes the place of the one before. */
function refresh(text: string, plain: boolean): void {
  process.stdout.write(process.stdout.isTTY && !plain ? `\x1b[H\x1b[2J${text}\n` : `${text}\n`)
}

/** A terminal of unknown size, and a pipe, get the classic 80 x 24. */
function screen(): Screen {
  const { columns = 80, rows = 24, isTTY } = process.stdout
  return {
    width: columns,
    // The prompt's line, or the one an error takes.
    height: rows - 1,
    paint: (style, line) => (isTTY ? styleText(style, line, { stream: process.stdout }) : line),
  }
}
