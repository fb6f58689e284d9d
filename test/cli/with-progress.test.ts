import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ProgressStream, type Tell, withProgress } from '../../cli/with-progress.ts'

/** A stream, and what was written to it. */
function streamOf(isTTY: boolean): ProgressStream & { readonly written: string[] } {
  const written: string[] = []
  return { isTTY, columns: 40, written, write: (text: unknown) => written.push(String(text)) > 0 }
}

/** Work that ends when it is told to. */
function startWork(stream: ProgressStream) {
  let end: (answer: string) => void = () => {}
  let tell: Tell = () => {}
  const done = withProgress(stream, (given) => {
    tell = given
    return new Promise<string>((resolve) => {
      end = resolve
    })
  })
  return { done, end, tell: (what: string | undefined) => tell(what) }
}

describe('the progress of long work', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  it('is a line every ten seconds in a log, with how long it takes, and nothing for short work', async () => {
    const stream = streamOf(false)
    const work = startWork(stream)
    work.tell('1 of 9 letters')
    vi.advanceTimersByTime(9_000)
    expect(stream.written).toEqual([])
    vi.advanceTimersByTime(6_000)
    work.tell('5 of 9 letters')
    vi.advanceTimersByTime(5_000)
    work.end('all')
    expect(await work.done).toBe('all')
    expect(stream.written).toEqual(['1 of 9 letters, 10 s\n', '5 of 9 letters, 20 s\n'])
    vi.advanceTimersByTime(60_000)
    expect(stream.written).toHaveLength(2)
  })

  it('is one line on a terminal, no longer than that, and gone at the end', async () => {
    const stream = streamOf(true)
    const work = startWork(stream)
    work.tell(`1 of 9 services: prod/\x1b[2J${'long'.repeat(20)}`)
    vi.advanceTimersByTime(200)
    work.end('all')
    await work.done
    expect(stream.written).toEqual([
      `\r${`1 of 9 services: prod/?[2J${'long'.repeat(20)}`.slice(0, 39)}\x1b[K`,
      '\r\x1b[K',
    ])
  })

  it('makes room for what is printed meanwhile', async () => {
    const stream = streamOf(true)
    const work = startWork(stream)
    work.tell('waiting')
    vi.advanceTimersByTime(200)
    work.tell(undefined)
    vi.advanceTimersByTime(60_000)
    work.end('')
    await work.done
    expect(stream.written.slice(1)).toEqual(['\r\x1b[K'])
  })

  it('is shown as it is told where work leaves timers no room', async () => {
    // The clock goes on, and no timer comes to its turn.
    let now = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
    const stream = streamOf(false)
    await withProgress(stream, async (tell) => {
      for (now = 5_000; now <= 20_000; now += 5_000) tell(`${now / 5_000} of 4`)
    })
    clock.mockRestore()
    expect(stream.written).toEqual(['2 of 4, 10 s\n', '4 of 4, 20 s\n'])
  })

  it('ends where the work fails, with what it failed of', async () => {
    const stream = streamOf(true)
    const failing = withProgress(stream, async (tell) => {
      tell('trying')
      vi.advanceTimersByTime(300)
      throw new Error('broken')
    })
    await expect(failing).rejects.toThrow('broken')
    expect(stream.written.at(-1)).toBe('\r\x1b[K')
    expect(vi.getTimerCount()).toBe(0)
  })
})
