import * as z from 'zod'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import type { PartitionProgress } from '../../layers/core/windows/progress.ts'
import type { ClosedWindow } from './close-due-windows.ts'

/** What the tick asks of the world. */
export interface CloseWindowsTickPorts {
  readonly now: () => EpochMs
  readonly pause: (ms: number) => Promise<unknown>
  readonly readProgress: () => Promise<readonly PartitionProgress[]>
  readonly closeDueWindows: (
    progress: readonly PartitionProgress[],
    now: EpochMs,
    isLate: () => boolean,
  ) => Promise<readonly ClosedWindow[]>
  /** Looks at windows that lagging partitions hold up; answers with what it could not judge. */
  readonly judgeHeldWindows: (
    progress: readonly PartitionProgress[],
    now: EpochMs,
  ) => Promise<{ readonly failed: readonly unknown[] }>
  readonly observe: (closed: ClosedWindow) => void
  readonly observeFailure: (error: unknown) => void
}

/** The event came from something else than the schedule. */
export class NotAScheduledEvent extends Error {
  override readonly name = 'NotAScheduledEvent'
  constructor() {
    super('close-windows takes the events of its schedule ("source": "aws.events" or "aws.scheduler"), or {} by hand')
  }
}

/** EventBridge's scheduled event, or an empty one by hand: a single pass. */
const eventSchema = z.union([z.object({ source: z.enum(['aws.events', 'aws.scheduler']) }), z.strictObject({})])

/** The schedule's shortest interval is a minute; a window must not wait that long. */
const PASSES = 6
const PASS_MS = 10_000

/**
 * Makes the tick: six passes ten seconds apart, each closing what is due by then, and looking at what is held. Answers with how many
 * windows it closed. Once `isLate` answers true nothing more is begun: a window that is cut off would wait for its claim to run out.
 * @throws NotAScheduledEvent, and what the tables throw
 */
export function closeWindows(ports: CloseWindowsTickPorts) {
  return async (event: unknown, isLate: () => boolean): Promise<{ readonly closed: number }> => {
    const parsed = eventSchema.safeParse(event)
    if (!parsed.success) throw new NotAScheduledEvent()
    const passes = 'source' in parsed.data ? PASSES : 1
    const startMs = ports.now()
    let closed = 0
    for (let pass = 0; pass < passes && !isLate(); pass += 1) {
      const waitMs = startMs + pass * PASS_MS - ports.now()
      if (waitMs > 0) await ports.pause(waitMs)
      const progress = await ports.readProgress()
      const windows = await ports.closeDueWindows(progress, ports.now(), isLate)
      for (const window of windows) ports.observe(window)
      closed += windows.length
      if (isLate()) break
      const { failed } = await ports.judgeHeldWindows(progress, ports.now())
      for (const error of failed) ports.observeFailure(error)
    }
    return { closed }
  }
}
