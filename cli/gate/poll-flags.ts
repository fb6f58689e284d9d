import { type HeldFlags, holdByService } from '../../layers/core/flags/held-flags.ts'
import type { Fetched } from './fetch-flags.ts'

export interface PollSettings {
  readonly fetchFlags: (etag: string | undefined) => Promise<Fetched>
  readonly intervalMs: number
  /** A monotonic clock, ms. */
  readonly monotonicMs: () => number
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly observe: (outcome: 'changed' | 'unchanged' | 'failed', error?: unknown) => void
}

export interface FlagsPoll {
  /** What is held now; undefined before the first document. */
  held(): HeldFlags | undefined
  /** Polls at once; resolves when the poll has ended, however it did. */
  refresh(): Promise<void>
  stop(): void
}

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 30_000

/**
 * Polls the flags document until stopped, the first time at once. A poll that fails changes nothing that is held, and is
 * repeated after 1 s, 2 s, 4 s ... 30 s. Every pause is spread by a fifth, so that gates started together drift apart.
 */
export function pollFlags(settings: PollSettings): FlagsPoll {
  let held: HeldFlags | undefined
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let polling: Promise<void> | undefined
  let stopped = false

  // A poll that is still under way tells nobody: its gate is gone, or never listened.
  const observe: PollSettings['observe'] = (...outcome) => {
    if (!stopped) settings.observe(...outcome)
  }
  const poll = async (): Promise<void> => {
    try {
      const fetched = await settings.fetchFlags(held?.etag)
      held = heldAfter(held, fetched, settings.monotonicMs())
      failures = 0
      observe(fetched.changed ? 'changed' : 'unchanged')
    } catch (error) {
      failures += 1
      observe('failed', error)
    }
  }
  const refresh = (): Promise<void> => {
    clearTimeout(timer)
    polling ??= poll().finally(() => {
      polling = undefined
      if (!stopped) timer = setTimeout(refresh, pauseMs(settings, failures)).unref()
    })
    return polling
  }
  refresh()
  return {
    held: () => held,
    refresh,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

function heldAfter(held: HeldFlags | undefined, fetched: Fetched, confirmedAt: number): HeldFlags {
  if (fetched.changed) {
    const { flags, unreadable, etag } = fetched
    return { byService: holdByService(flags), etag, unreadable, confirmedAt }
  }
  if (held === undefined) throw new Error('"not changed" was answered to a poll that held nothing')
  return { ...held, confirmedAt }
}

function pauseMs({ intervalMs, random }: PollSettings, failures: number): number {
  const pause =
    failures === 0 ? intervalMs : Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 5))
  return pause * (0.9 + 0.2 * random())
}
