/** Columns of a narrow terminal. */
export const WIDTH = 80

/**
 * Text in lines of at most `WIDTH` characters, broken at blanks, the first after `first`, the others under it. A word that
 * is longer (a page's address, a line to copy) stands whole on a line of its own.
 */
export function wrapped(first: string, text: string): readonly string[] {
  const indent = ' '.repeat(first.length)
  const lines: string[] = []
  let line = first
  let isBlank = true
  for (const word of text.split(' ')) {
    if (!isBlank && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = indent
      isBlank = true
    }
    line += isBlank ? word : ` ${word}`
    isBlank = false
  }
  return [...lines, line]
}

/** Two texts at the two ends of a line; on two lines where they do not fit one. */
export function spread(left: string, right: string): readonly string[] {
  const blanks = WIDTH - left.length - right.length
  return blanks >= 2 ? [left + ' '.repeat(blanks) + right] : [left, right.padStart(WIDTH)]
}

/** Texts come from strangers' spans: no escape sequence of theirs reaches a terminal. */
export const printable = (text: string): string => text.replace(/\p{C}/gu, '?')
