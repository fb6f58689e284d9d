import { describe, expect, it } from 'vitest'
import { runTollgate } from './run-tollgate.ts'

/** The names under "Commands:" of a help page, `help` itself left out. */
const commandsIn = (help: string): readonly string[] =>
  [...(help.split('Commands:')[1] ?? '').matchAll(/^ {2}(\w+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help')

async function pages(command: readonly string[]): Promise<readonly (readonly [command: string, page: string])[]> {
  const { out } = await runTollgate([...command, '--help'])
  const below = await Promise.all(commandsIn(out).map((name) => pages([...command, name])))
  return [[`tollgate ${command.join(' ')}`.trim(), out], ...below.flat()]
}

describe('the help', () => {
  it('fits 80 columns, every page with its footer', async () => {
    const all = await pages([])
    expect(all.length).toBeGreaterThan(20)
    const wide = all.flatMap(([command, page]) =>
      page
        .split('\n')
        .filter(({ length }) => length > 80)
        .map((line) => `${command}: ${line}`),
    )
    expect(wide).toEqual([])
  })

  it('says of every command that asks a system how to name a deployed one', async () => {
    const asking = (await pages([])).filter(([, page]) => /^ +--url /m.test(page) && !page.includes('`tollgate dev`'))
    expect(asking.length).toBeGreaterThan(8)
    for (const [command, page] of asking) expect(page, command).toMatch(/^ +--stack /m)
  })
})
