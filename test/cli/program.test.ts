import { describe, expect, it } from 'vitest'
import { type Register, runProgram } from '../../cli/program.ts'
import { UsageError } from '../../cli/usage-error.ts'

const failing =
  (error: unknown): Register =>
  (program) => {
    program
      .command('fail')
      .option('--port <port>')
      .action(() => Promise.reject(error))
  }

async function run(args: readonly string[], error: unknown = new Error('the table is out of reach'), debug = false) {
  let written = ''
  const code = await runProgram(args, [failing(error)], (text) => (written += text), debug)
  return { code, written }
}

describe('the command line', () => {
  it('ends with 1 and one line without a stack when a command fails', async () => {
    expect(await run(['fail'])).toEqual({ code: 1, written: 'tollgate: the table is out of reach\n' })
  })

  it('shows the stack where debugging is on', async () => {
    expect((await run(['fail'], new Error('broken'), true)).written).toContain('program.test.ts')
  })

  it('ends with 2 when what was asked cannot be done as written', async () => {
    const misused = await run(['fail'], new UsageError('--port takes a number'))
    expect(misused).toEqual({
      code: 2,
      written: 'tollgate: --port takes a number\n(tollgate COMMAND --help shows what to write)\n',
    })
    expect(await run(['fail', '--prot', '1'])).toMatchObject({ code: 2 })
    expect((await run(['frobnicate'])).code).toBe(2)
  })

  it('says for a misspelt option which one was meant and where the help is', async () => {
    const { written } = await run(['fail', '--prot', '1'])
    expect(written).toContain('--port')
    expect(written).toContain('--help')
  })

  it('writes messages in lines of 80 columns, and keeps those that they have', async () => {
    const { written } = await run(['fail'], new Error(`${'word '.repeat(30)}end\n  kafka-topics.sh --create`))
    expect(Math.max(...written.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
    expect(written).toMatch(/word\nend\n {2}kafka-topics\.sh --create\n$/)
  })

  it('ends with 0 after help and version', async () => {
    expect((await run(['--version'])).code).toBe(0)
    expect((await run(['fail', '--help'])).code).toBe(0)
  })
})
