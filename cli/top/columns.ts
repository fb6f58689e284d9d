/** One column of a table of text. */
export interface Column {
  readonly title: string
  /** Numbers stand right. */
  readonly align: 'left' | 'right'
  /** At most so wide; undefined: it gets what the others leave. */
  readonly width: number | undefined
}

const GAP = 2

/** A line of titles and a line a row, each at most `width` characters; what is too long ends in an ellipsis. */
export function drawColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly string[] {
  const widths = columns.map((column, place) =>
    Math.min(column.width ?? width, Math.max(column.title.length, ...rows.map((row) => lengthOf(row[place] ?? '')))),
  )
  const over = widths.reduce((sum, one) => sum + one + GAP, -GAP) - width
  const fitted = widths.map((one, place) => (over > 0 && columns[place]?.width === undefined ? one - over : one))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, place) => padded(cell, Math.max(1, fitted[place] ?? 1), columns[place]?.align ?? 'left'))
      .join('  ')
  return [line(columns.map(({ title }) => title)), ...rows.map(line)].map((text) => text.trimEnd())
}

const lengthOf = (text: string): number => [...printable(text)].length

/** Names come from strangers' spans: no escape sequence of theirs reaches a terminal. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '?')

function padded(text: string, width: number, align: Column['align']): string {
  const characters = [...printable(text)]
  if (characters.length > width) return `${characters.slice(0, width - 1).join('')}…`
  const padding = ' '.repeat(width - characters.length)
  return align === 'right' ? padding + characters.join('') : characters.join('') + padding
}
