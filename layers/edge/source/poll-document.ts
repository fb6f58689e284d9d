import { type Fetched, NoDocument } from './fetch-document.ts'
import { type Clocks, type Moment, momentOf, serverNow } from './trusted-now.ts'

export interface PollSettings<T> {
  readonly fetchDocument: (etag: string | undefined) => Promise<Fetched>
  /** Undefined: it is no such document. */
  readonly read: (json: unknown) => Promise<T | undefined>
  /** Pause between polls, ms. */
  readonly refreshMs: number
  /** A poll that took longer than this has been frozen, not failed, ms. */
  readonly frozenMs: number
  /** False in a Lambda function, where time stands still between invocations: then `wake` alone polls. */
  readonly hasTimers: boolean
  readonly clocks: Clocks
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Gets each state once, when it begins: `ok`, or a NoDocument's `why`. A start that goes well is no news. */
  readonly observeState: (state: string) => void
}

export interface DocumentPoll<T> {
  /** What is held now; undefined before the first document. */
  held(): { readonly value: T; readonly confirmed: Moment } | undefined
  /** `not-yet`, `ok`, or why the last poll failed. */
  state(): string
  /** Starts a poll if one is due. Cheap, never throws. */
  wake(): void
  /** Polls at once; resolves when the poll has ended, however it did. */
  refresh(): Promise<void>
  stop(): void
}

const BACKOFF_STEP_MS = 100
const BACKOFF_MAX_MS = 3_000

/**
 * Keeps a document fresh in the background. A poll that fails changes nothing that is held, and is repeated after 100 ms, 200 ms, 300 ms ...
 * 3 s, where it was one too many as late as the next; every pause is shortened by up to a third, so that processes started together drift apart. No timer holds the process open.
 */
export function pollDocument<T>(settings: PollSettings<T>): DocumentPoll<T> {
  const { clocks, observeState } = settings
  let held: { value: T; confirmed: Moment; etag: string | undefined } | undefined
  let state = 'not-yet'
  let failures = 0
  let due: Moment & { afterMs: number } = { ...momentOf(undefined, clocks), afterMs: 0 }
  let timer: NodeJS.Timeout | undefined
  let polling: Promise<void> | undefined
  let stopped = false

  const enter = (next: string): void => {
    if (next === state) return
    const isFirst = state === 'not-yet' && next === 'ok'
    state = next
    if (!isFirst) observeState(next)
  }
  const poll = async (): Promise<void> => {
    const started = momentOf(undefined, clocks)
    try {
      const fetched = await settings.fetchDocument(held?.etag)
      // As of the question: an answer may have lain through a freeze of hours, and must not pass for one of now.
      const confirmed = { ...started, serverMs: fetched.servedAt ?? started.serverMs }
      if (fetched.kind === 'document') {
        held = { value: await readText(settings.read, fetched.text), confirmed, etag: fetched.etag }
      } else if (held !== undefined) held = { ...held, confirmed }
      failures = 0
      enter('ok')
    } catch (error) {
      if (elapsedSince(started, clocks) > settings.frozenMs) return
      failures += 1
      enter(error instanceof NoDocument ? error.why : 'unreadable')
    }
  }
  const schedule = (started: Moment): void => {
    const wasFrozen = elapsedSince(started, clocks) > settings.frozenMs
    const afterMs = wasFrozen ? 0 : pauseMs(failures, state, settings)
    due = { ...momentOf(undefined, clocks), afterMs }
    if (settings.hasTimers && !stopped) timer = setTimeout(refresh, afterMs).unref()
  }
  const refresh = (): Promise<void> => {
    if (polling !== undefined) return polling
    clearTimeout(timer)
    const started = momentOf(undefined, clocks)
    polling = poll().finally(() => {
      polling = undefined
      schedule(started)
    })
    return polling
  }
  return {
    held: () => held,
    state: () => state,
    wake() {
      if (polling !== undefined || stopped) return
      if (elapsedSince(due, clocks) >= due.afterMs) void refresh()
    },
    refresh,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

const elapsedSince = (moment: Moment, clocks: Clocks): number => serverNow(moment, clocks) - moment.serverMs

/** Who is told that it asks too often must not ask more often. */
const TOO_OFTEN = 'status-429'

function pauseMs(failures: number, state: string, { refreshMs, random }: PollSettings<unknown>): number {
  const backoff = Math.min(BACKOFF_MAX_MS, failures * BACKOFF_STEP_MS)
  const pause = failures === 0 ? refreshMs : state === TOO_OFTEN ? Math.max(refreshMs, backoff) : backoff
  return pause * (1 - random() / 3)
}

async function readText<T>(read: (json: unknown) => Promise<T | undefined>, text: string): Promise<T> {
  const value = await read(parseJson(text))
  if (value === undefined) throw new NoDocument('unreadable')
  return value
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
