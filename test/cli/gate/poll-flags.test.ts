import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Fetched } from '../../../cli/gate/fetch-flags.ts'
import { pollFlags } from '../../../cli/gate/poll-flags.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'

const flagOf = (version: number): Flag => ({
  service: 'prod/checkout',
  admit: version / 10,
  reason: '',
  until: 9e12 as EpochMs,
  since: 0 as EpochMs,
  version,
})

const DOCUMENT: Fetched = { changed: true, flags: [flagOf(1)], unreadable: 0, etag: '"1"' }

/** A poll every 5 s; `answers` come one by one, the last again and again. 0.5 is the middle of the spread. */
function pollWith(answers: (Fetched | Error)[], random = 0.5) {
  const asked: { etag: string | undefined; at: number }[] = []
  let now = 0
  const poll = pollFlags({
    fetchFlags: async (etag) => {
      asked.push({ etag, at: now })
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      if (answer === undefined || answer instanceof Error) throw answer
      return answer
    },
    intervalMs: 5_000,
    monotonicMs: () => now,
    random: () => random,
    observe: () => undefined,
  })
  const pass = async (ms: number): Promise<void> => {
    for (let step = 0; step < ms; step += 100) {
      now += 100
      await vi.advanceTimersByTimeAsync(100)
    }
  }
  return { poll, asked, pass }
}

describe('polling the flags', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('begins at once, goes on every five seconds, and ends when stopped', async () => {
    const { poll, asked, pass } = pollWith([DOCUMENT, { changed: false }])
    await pass(11_000)
    expect(asked.map(({ at }) => Math.round(at / 1000))).toEqual([0, 5, 10])
    expect(asked.map(({ etag }) => etag)).toEqual([undefined, '"1"', '"1"'])
    poll.stop()
    await pass(20_000)
    expect(asked).toHaveLength(3)
  })

  it('tells nobody of a poll that ends after it was stopped: its gate never listened', async () => {
    const { promise, resolve } = Promise.withResolvers<Fetched>()
    const told: string[] = []
    const settings = { intervalMs: 5_000, monotonicMs: () => 0, random: () => 0.5 }
    const poll = pollFlags({ ...settings, fetchFlags: () => promise, observe: (outcome) => told.push(outcome) })
    poll.stop()
    resolve(DOCUMENT)
    await poll.refresh()
    expect(told).toEqual([])
  })

  it('tries again after 1, 2, 4 ... 30 seconds where polls fail, and every five once they do not', async () => {
    const down = new Error('down')
    const { asked, pass } = pollWith([down, down, down, down, down, down, down, DOCUMENT, { changed: false }])
    await pass(110_000)
    const pauses = asked.slice(1).map(({ at }, before) => Math.round((at - (asked[before]?.at ?? 0)) / 1000))
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 5, 5, 5])
  })

  it('spreads its pauses by a fifth, so that gates started together drift apart', async () => {
    const early = pollWith([DOCUMENT], 0)
    await early.pass(5_600)
    const late = pollWith([DOCUMENT], 0.999)
    await late.pass(5_600)
    expect(early.asked[1]?.at).toBe(4_500)
    expect(late.asked[1]?.at).toBe(5_500)
  })

  it('keeps what it holds when a poll fails, with the age it has', async () => {
    const { poll, pass } = pollWith([DOCUMENT, { changed: false }, new Error('down')])
    await pass(30_000)
    expect(poll.held()?.byService.get('prod/checkout')?.version).toBe(1)
    expect(poll.held()?.confirmedAt).toBe(5_000)
  })

  it('holds the newer of two flags of one service, and lets go of those that are gone', async () => {
    const both: Fetched = { changed: true, flags: [flagOf(2), flagOf(3), flagOf(1)], unreadable: 0, etag: undefined }
    const { poll, pass } = pollWith([both, { changed: true, flags: [], unreadable: 0, etag: undefined }])
    await pass(100)
    expect(poll.held()?.byService.get('prod/checkout')?.version).toBe(3)
    await pass(5_000)
    expect(poll.held()?.byService.size).toBe(0)
  })

  it('asks once where several ask for a refresh at the same time', async () => {
    const { poll, asked } = pollWith([DOCUMENT])
    await Promise.all([poll.refresh(), poll.refresh()])
    expect(asked).toHaveLength(1)
  })
})
