/** Both clocks of the machine, ms: one that may be wrong or set, and one that may stand still while a Lambda is frozen. */
export interface Clocks {
  readonly wallMs: () => number
  readonly monotonicMs: () => number
}

/** A moment on the server's clock, and on the machine's two. */
export interface Moment {
  readonly serverMs: number
  readonly wallMs: number
  readonly monotonicMs: number
}

/** What an answer tells of the time; a server that does not say it is believed to have this machine's. */
export const momentOf = (servedAt: number | undefined, clocks: Clocks): Moment => {
  const wallMs = clocks.wallMs()
  return { serverMs: servedAt ?? wallMs, wallMs, monotonicMs: clocks.monotonicMs() }
}

/**
 * The server's clock now, epoch ms: what it was, and the longer of what the two clocks say has passed. A machine whose clock is an hour
 * wrong judges rightly what is stale; where a clock is set or stands still, things look older than they are, and never younger.
 */
export const serverNow = (moment: Moment, clocks: Clocks): number =>
  moment.serverMs + Math.max(0, clocks.wallMs() - moment.wallMs, clocks.monotonicMs() - moment.monotonicMs)
