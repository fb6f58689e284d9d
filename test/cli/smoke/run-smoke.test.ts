import { describe, expect, it } from 'vitest'
import { runSmoke, type SmokePorts } from '../../../cli/smoke/run-smoke.ts'
import { smokeSpan } from '../../../cli/smoke/smoke-span.ts'
import { SMOKE_SERVICE } from '../../../layers/core/identity/smoke-service.ts'
import { decodeRecord } from '../../../layers/core/otlp/decode-record.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'

const START = Date.UTC(2026, 10, 23, 12)
const event = (at: number, by = 'judge') => ({
  ...{ service: SMOKE_SERVICE, at: new Date(at).toISOString(), what: 'warned' as const, by, reason: '', numbers: {} },
})

/** A system that passes everything, seconds after it was asked, and what was done to it. */
function system(over: Partial<SmokePorts> = {}) {
  let now = START
  const done: string[] = []
  const ports: SmokePorts = {
    way: { name: 'the topic', advice: 'Go inside the VPC', send: async () => void done.push('send') },
    readSpend: async () => (now >= START + 3_000 ? '0.01' : undefined),
    lowerLimit: async () => void done.push('lower'),
    readEvents: async () => (now >= START + 70_000 ? [event(START + 60_000)] : []),
    readStanding: async () => ({ phase: 'within', judgedUpTo: new Date(now).toISOString() }),
    restoreLimit: async () => void done.push('restore'),
    removeRows: async () => {
      done.push('remove')
      return 1
    },
    now: () => now,
    pause: async (ms) => {
      now += ms
    },
    random: () => ({ mark: 'smoke-1', trace: 'a'.repeat(32), span: 'b'.repeat(16) }),
    say: (stage, what) => done.push(`${stage}: ${what}`),
    tell: (what) => done.push(`${what} ...`),
    ...over,
  }
  return { ports, done }
}

describe('a smoke test', () => {
  it('tells each stage as it passes, and takes back what it did', async () => {
    const { ports, done } = system()
    expect(await runSmoke(ports, 300_000)).toEqual({
      ...{ sentTo: 'the topic', mark: 'smoke-1', bookedAfterMs: 3_000, alertedAfterMs: 70_000 },
      ...{ alert: 'warned', isNewAlert: true, removedRows: 1 },
    })
    expect(done).toEqual([
      'send',
      'sent: one span, commit smoke-1, to the topic',
      'waiting for stage "booked" ...',
      'booked: $0.01 is in the ledger, 3 s after it was sent',
      'lower',
      'waiting for stage "alerted" ...',
      'restore',
      'alerted: "warned" in shadow, judged 70 s after it was sent',
      'remove',
      'removed: 1 row of the ledger',
    ])
  })

  it('names the stage that was not passed, what was seen last, and what to look at', async () => {
    const refused = {
      name: 'the topic',
      advice: 'Go inside the VPC',
      send: () => Promise.reject(new Error('no route to host')),
    }
    await expect(runSmoke(system({ way: refused }).ports, 60_000)).rejects.toThrow(
      /^stage "sent" did not pass: the topic did not take the span \(no route to host\).*inside the VPC/,
    )
    const silent = system({ readSpend: () => Promise.reject(new Error('answered 502')) })
    await expect(runSmoke(silent.ports, 60_000)).rejects.toThrow(
      /^stage "booked" did not pass: nothing within 60 s, answered 502\. .*attribute-spans/,
    )
    expect(silent.done).not.toContain('lower')
  })

  it('does not take the alert of an earlier one, or what somebody changed, for its own', async () => {
    const earlier = [event(START - 60_000), event(START + 4_000, 'arn:aws:iam::1:user/me')]
    const { ports, done } = system({ readEvents: async () => earlier })
    await expect(runSmoke(ports, 60_000)).rejects.toThrow(/^stage "alerted" did not pass/)
    expect(done.slice(-2).sort()).toEqual(['remove', 'restore'])
  })

  it("takes an earlier one's alert that still stands, once the span's own window is judged", async () => {
    const judged = (at: number) => ({ phase: 'throttled', judgedUpTo: new Date(at).toISOString() })
    const stood = system({ readEvents: async () => [], readStanding: async () => judged(START + 60_000) })
    expect(await runSmoke(stood.ports, 60_000)).toMatchObject({ alert: 'throttled', isNewAlert: false })
    const before = system({ readEvents: async () => [], readStanding: async () => judged(START - 1) })
    await expect(runSmoke(before.ports, 60_000)).rejects.toThrow(/^stage "alerted" did not pass/)
  })

  it('leaves the rows to expire where the caller may not delete them', async () => {
    const { ports, done } = system({ removeRows: async () => undefined })
    expect((await runSmoke(ports, 300_000)).removedRows).toBeNull()
    expect(done.at(-1)).toContain('they expire')
  })

  it('sends a span that costs what it declares, whatever the rates, under a service of its own', () => {
    const body = Buffer.from(smokeSpan('smoke-1', { trace: 'a'.repeat(32), span: 'b'.repeat(16) }, START))
    const { spans, dead } = decodeRecord(body, START as EpochMs, (10n ** 12n) as never)
    expect(dead).toEqual([])
    expect(spans).toHaveLength(1)
    expect(spans[0]).toMatchObject({ traceId: 'a'.repeat(32) })
    expect(JSON.stringify(spans[0], (_, value) => (typeof value === 'bigint' ? String(value) : value))).toContain(
      'smoke',
    )
  })
})
