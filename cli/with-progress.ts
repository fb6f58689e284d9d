/** Says what is being done, and how far it has come: "12 of 40 services". Undefined: nothing, until it says more. */
export type Tell = (what: string | undefined) => void

/** Where progress is written: standard error, as standard output may be read by a program. */
export type ProgressStream = Pick<NodeJS.WriteStream, 'isTTY' | 'write' | 'columns'>

const ON_TERMINAL_MS = 200
/** A log wants no line for what takes less. */
const IN_LOG_MS = 10_000
/** A timer comes a little early or late. */
const JITTER_MS = 50
const COLUMNS_DEFAULT = 80

/**
 * Runs what may take long, and shows what it last told: on a terminal in one line that ends with it, in a log or a pipe by a line
 * every ten seconds. Work that waits is shown, too, with the seconds it has taken. Answers and throws as the work does.
 */
export async function withProgress<T>(stream: ProgressStream, work: (tell: Tell) => Promise<T>): Promise<T> {
  const everyMs = stream.isTTY ? ON_TERMINAL_MS : IN_LOG_MS
  const startedAt = performance.now()
  let shownAt = startedAt
  let isShown = false
  let last: string | undefined
  const clear = (): void => {
    if (isShown && stream.isTTY) stream.write('\r\x1b[K')
    isShown = false
  }
  const show = (): void => {
    const now = performance.now()
    if (last === undefined || now - shownAt < everyMs - JITTER_MS) return
    shownAt = now
    isShown = true
    stream.write(lineOf(`${last}, ${Math.round((now - startedAt) / 1000)} s`, stream))
  }
  const timer = setInterval(show, everyMs)
  try {
    return await work((what) => {
      last = what
      if (what === undefined) clear()
      // Work that leaves timers no room is shown as it tells.
      else show()
    })
  } finally {
    clearInterval(timer)
    clear()
  }
}

/** Names come from strangers' spans: no escape sequence of theirs reaches a terminal. */
function lineOf(text: string, { isTTY, columns = COLUMNS_DEFAULT }: ProgressStream): string {
  const printable = text.replace(/\p{C}/gu, '?')
  return isTTY ? `\r${[...printable].slice(0, columns - 1).join('')}\x1b[K` : `${printable}\n`
}
