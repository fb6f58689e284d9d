import { describe, expect, it } from 'vitest'
import { momentOf, serverNow } from '../../../../layers/edge/source/trusted-now.ts'

const SERVER = Date.UTC(2026, 10, 24, 9)
const HOUR = 3_600_000

/** A machine's two clocks, to be moved by hand. */
function machine(wallMs: number) {
  const at = { wall: wallMs, monotonic: 17 }
  return { at, clocks: { wallMs: () => at.wall, monotonicMs: () => at.monotonic } }
}

describe("the server's clock as an edge knows it", () => {
  it('does not depend on what this machine thinks that it is', () => {
    const { at, clocks } = machine(SERVER - 5 * HOUR)
    const moment = momentOf(SERVER, clocks)
    at.wall += 1000
    at.monotonic += 1000
    expect(serverNow(moment, clocks)).toBe(SERVER + 1000)
  })

  it('goes on while one of the two clocks stands still or is set back, and never goes back itself', () => {
    const { at, clocks } = machine(SERVER)
    const moment = momentOf(SERVER, clocks)
    at.wall += HOUR
    expect(serverNow(moment, clocks)).toBe(SERVER + HOUR)
    at.wall = SERVER - HOUR
    at.monotonic += 500
    expect(serverNow(moment, clocks)).toBe(SERVER + 500)
    at.monotonic = 0
    expect(serverNow(moment, clocks)).toBe(SERVER)
  })

  it("is this machine's where the server says no time", () => {
    const { clocks } = machine(SERVER + 42)
    expect(serverNow(momentOf(undefined, clocks), clocks)).toBe(SERVER + 42)
  })
})
