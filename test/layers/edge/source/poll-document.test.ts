import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Fetched, NoDocument } from '../../../../layers/edge/source/fetch-document.ts'
import { pollDocument } from '../../../../layers/edge/source/poll-document.ts'
import { serverNow } from '../../../../layers/edge/source/trusted-now.ts'

const clocks = { wallMs: () => Date.now(), monotonicMs: () => Date.now() }

/** A poll of a document that is any object with `ok`, and what it asked and said. */
function polling(
  answer: () => Fetched | Error | Promise<Fetched>,
  over: { hasTimers?: boolean; random?: () => number } = {},
) {
  const asked: { at: number; etag: string | undefined }[] = []
  const states: string[] = []
  const poll = pollDocument<{ ok: number }>({
    fetchDocument: async (etag) => {
      asked.push({ at: Date.now(), etag })
      const answered = await answer()
      if (answered instanceof Error) throw answered
      return answered
    },
    read: async (json) =>
      (json as { ok?: number } | undefined)?.ok === undefined ? undefined : (json as { ok: number }),
    refreshMs: 60_000,
    frozenMs: 5_000,
    hasTimers: over.hasTimers ?? true,
    clocks,
    random: over.random ?? (() => 0),
    observeState: (state) => states.push(state),
  })
  return { poll, asked, states }
}

const document = (text = '{"ok":1}'): Fetched => ({ kind: 'document', text, etag: '"e1"', servedAt: undefined })
const pausesOf = (asked: readonly { at: number }[]): readonly number[] =>
  asked.slice(1).map(({ at }, place) => at - (asked[place]?.at ?? 0))

beforeEach(() => void vi.useFakeTimers({ now: 1_795_000_000_000 }))
afterEach(() => void vi.useRealTimers())

describe('a document that is polled in the background', () => {
  it('is asked for at the first wake, then every minute with its ETag', async () => {
    const { poll, asked, states } = polling(() => document())
    expect(poll.state()).toBe('not-yet')
    poll.wake()
    poll.wake()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(pausesOf(asked)).toEqual([60_000, 60_000])
    expect(asked.map(({ etag }) => etag)).toEqual([undefined, '"e1"', '"e1"'])
    expect(poll.held()?.value).toEqual({ ok: 1 })
    expect([poll.state(), states]).toEqual(['ok', []])
    poll.stop()
  })

  it('is asked for again 100 ms later each time that it fails, 3 s at the most, and each state is told once', async () => {
    let answer: Fetched | Error = new NoDocument('unreachable')
    const { poll, asked, states } = polling(() => answer)
    poll.wake()
    await vi.advanceTimersByTimeAsync(60_000)
    const pauses = pausesOf(asked)
    expect(pauses.slice(0, 4)).toEqual([100, 200, 300, 400])
    expect(Math.max(...pauses)).toBe(3_000)
    answer = document()
    await vi.advanceTimersByTimeAsync(3_000)
    answer = new NoDocument('timeout')
    await vi.advanceTimersByTimeAsync(61_000)
    expect(states).toEqual(['unreachable', 'ok', 'timeout'])
    expect(poll.held()?.value).toEqual({ ok: 1 })
    poll.stop()
  })

  it('is not asked for sooner where the server says that it is asked too often', async () => {
    const { poll, asked } = polling(() => new NoDocument('status-429'))
    poll.wake()
    await vi.advanceTimersByTimeAsync(180_000)
    expect(pausesOf(asked)).toEqual([60_000, 60_000, 60_000])
    poll.stop()
  })

  it('spreads its pauses, never over the longest', async () => {
    const { poll, asked } = polling(() => new NoDocument('timeout'), { random: () => 0.9 })
    poll.wake()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(Math.round(pausesOf(asked)[0] ?? 0)).toBe(70)
    expect(Math.max(...pausesOf(asked))).toBeLessThan(3_000)
    poll.stop()
  })

  it.each(['not json', '{}', '[]', 'null'])('goes on with what it holds when %j comes instead', async (text) => {
    let answer = document()
    const { poll, states } = polling(() => answer)
    await poll.refresh()
    answer = document(text)
    await poll.refresh()
    expect(poll.held()?.value).toEqual({ ok: 1 })
    expect(states).toEqual(['unreadable'])
    poll.stop()
  })

  it('has no timer in a Lambda function: it is polled when it is due and something happens', async () => {
    const { poll, asked } = polling(() => document(), { hasTimers: false })
    poll.wake()
    await vi.advanceTimersByTimeAsync(0)
    await vi.advanceTimersByTimeAsync(59_000)
    poll.wake()
    expect([asked.length, vi.getTimerCount()]).toEqual([1, 0])
    await vi.advanceTimersByTimeAsync(1_000)
    poll.wake()
    expect(asked).toHaveLength(2)
  })

  it('takes a poll that a freeze broke off for no failure, and polls at once', async () => {
    let fail: (error: Error) => void = () => {}
    const { poll, asked, states } = polling(() => new Promise<Fetched>((_, reject) => (fail = reject)), {
      hasTimers: false,
    })
    poll.wake()
    await vi.advanceTimersByTimeAsync(600_000)
    fail(new NoDocument('unreachable'))
    await vi.advanceTimersByTimeAsync(0)
    expect(states).toEqual([])
    poll.wake()
    expect(asked).toHaveLength(2)
  })

  it('is as old as its answer, where that lay through a freeze before it was read', async () => {
    let answer: (fetched: Fetched) => void = () => {}
    const { poll } = polling(() => new Promise<Fetched>((resolve) => (answer = resolve)), { hasTimers: false })
    const servedAt = Date.now() + 50
    poll.wake()
    await vi.advanceTimersByTimeAsync(600_000)
    answer({ ...document(), servedAt } as Fetched)
    await vi.advanceTimersByTimeAsync(0)
    const confirmed = poll.held()?.confirmed
    expect(confirmed && serverNow(confirmed, clocks)).toBe(servedAt + 600_000)
  })

  it('is never asked for by two at a time, nor after its end', async () => {
    const { poll, asked } = polling(() => new Promise<Fetched>((resolve) => setTimeout(() => resolve(document()), 500)))
    for (let call = 0; call < 5; call++) void poll.refresh()
    await vi.advanceTimersByTimeAsync(500)
    poll.stop()
    await vi.advanceTimersByTimeAsync(600_000)
    poll.wake()
    expect(asked).toHaveLength(1)
  })
})
