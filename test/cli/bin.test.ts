import { describe, expect, it } from 'vitest'
import { spawnTollgate } from './run-tollgate.ts'

/** What a program sees of an older Node. */
const AS_NODE_20 =
  'data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.11.0" } })'

describe('the shipped program', () => {
  it('hands its exit code and its streams to the shell', async () => {
    expect(await spawnTollgate(['prices', 'xyzzy'])).toMatchObject({ code: 1, out: '' })
    expect(await spawnTollgate(['--version'])).toEqual({ code: 0, out: '0.1.0\n', error: '' })
  })

  it('says which Node it needs, and how to have it, on one that is too old', async () => {
    const { code, out, error } = await spawnTollgate(['top'], ['--import', AS_NODE_20])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(error).toContain('Node 24 or newer is needed, this is 20.11.0')
    expect(error).toContain('npx tollgate')
  })
})
