import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const DECISIONS = join(import.meta.dirname, '../../docs/decisions')
const read = (name: string): string => readFileSync(join(DECISIONS, name), 'utf8')

const files = readdirSync(DECISIONS).filter((name) => name !== 'README.md')
const index = read('README.md')

/** `[1. Its title](0001-its-name.md)`, as the index has it. */
function lineOf(name: string): string {
  const [, title] = /^# (\d+\. .*?) +\(holds\)\n/.exec(read(name)) ?? []
  return `- [${title}](${name})`
}

describe('the index of decisions', () => {
  it('has a line for each decision under its own title, and for nothing else', () => {
    expect(
      index
        .split('\n')
        .filter((line) => line.startsWith('- '))
        .sort(),
    ).toEqual(files.map(lineOf).sort())
  })

  it('says of each missing number that it is missing', () => {
    const numbers = files.map((name) => Number(name.slice(0, 4)))
    const missing = Array.from({ length: Math.max(...numbers) }, (_, at) => at + 1).filter((n) => !numbers.includes(n))
    expect(missing).toEqual([7, 8, 9, 22])
    expect(index).toContain('\n7 to 9 and 22 were ')
  })

  it.each(files)('%s bears the number of its name, and says why and when to decide it again', (name) => {
    const text = read(name)
    expect(text).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. `))
    expect(text).toContain('\nBecause:')
    expect(text).toContain('\nReopen if:')
  })
})
