import { setTimeout as delay } from 'node:timers/promises'
import { styleText } from 'node:util'
import type { Command } from 'commander'
import { DIMENSIONS } from '../../layers/core/ledger/spend-report.ts'
import { messageOf } from '../message-of.ts'
import { dimensions, wholeNumber } from '../option-values.ts'
import { runningSystem, type SystemOptions, withSystemOptions } from '../running-system.ts'
import type { Costs } from '../top/costs-client.ts'
import type { Screen } from '../top/draw-top.ts'

/** `tollgate top`: which service, commit and operation drives this hour, and how the budgets stand. */
export function register(program: Command): void {
  withSystemOptions(program.command('top'))
    .description("Show which service, commit and operation drives this hour's spend, and how the budgets stand.")
    .option('--by <dimensions>', `tell apart by these: ${DIMENSIONS.join(', ')}`, dimensions, 'commit,operation')
    .option('--smoke', 'show the service of "tollgate smoke", too, and count what it spent')
    .option('--once', 'print once and end')
    .option('--every <seconds>', 'pause between refreshes', wholeNumber('--every', 1, 3600), 2)
    .option('--json', 'print one JSON document a refresh, with exact figures')
    .action(run)
}

/** More lines than any screen shows; the API sums the rest. */
const LINES = 200

interface TopOptions extends SystemOptions {
  readonly by: string
  readonly every: number
  readonly smoke?: true
  readonly once?: true
  readonly json?: true
}

async function run(options: TopOptions): Promise<void> {
  // Loaded here, so that other commands start without them.
  const [{ readCosts }, { drawTop }] = await Promise.all([
    import('../top/costs-client.ts'),
    import('../top/draw-top.ts'),
  ])
  const { url, sign, title } = await runningSystem(options)
  const read = (): Promise<Costs> =>
    readCosts(url, { by: options.by, limit: LINES, smoke: options.smoke === true }, sign)
  const show = (costs: Costs): string => (options.json ? JSON.stringify(costs.raw) : drawTop(costs, screen()))
  let shown = show(await read())
  if (options.once) {
    process.stdout.write(`${shown}\n`)
    return
  }
  for (;;) {
    refresh(shown, title, options.json === true)
    await delay(options.every * 1000)
    try {
      shown = show(await read())
    } catch (error) {
      // What was shown stays; a system that restarts comes back.
      process.stderr.write(`${messageOf(error)}\n`)
    }
  }
}

/** On a terminal each picture takes the place of the one before, and says of which system it is. */
function refresh(text: string, title: string, plain: boolean): void {
  const { isTTY, columns = 80 } = process.stdout
  process.stdout.write(isTTY && !plain ? `\x1b[H\x1b[2J${title.slice(0, columns)}\n${text}\n` : `${text}\n`)
}

/** A terminal of unknown size, and a pipe, get the classic 80 x 24. */
function screen(): Screen {
  const { columns = 80, rows = 24, isTTY } = process.stdout
  return {
    width: columns,
    // The line that names the system, and the prompt's, or the one an error takes.
    height: rows - 2,
    paint: (style, line) => (isTTY ? styleText(style, line, { stream: process.stdout }) : line),
  }
}
