import { text } from 'node:stream/consumers'

/**
 * Draws what a terminal showed as an SVG: standard input with ANSI colours in, the picture on standard output.
 * `script -qec "npm run -s demo" /dev/null | npx node scripts/terminal-picture.ts > docs/demo.svg`
 */

const CELL_WIDTH = 8.4
const LINE_HEIGHT = 18
const MARGIN = 16
const COLOURS: Readonly<Record<string, string>> = { 31: '#ff7b72', 33: '#e3b341', 32: '#7ee787', 36: '#79c0ff' }
const PLAIN = '#e6edf3'

interface Run {
  readonly text: string
  readonly colour: string
  readonly bold: boolean
}

const lines = (await text(process.stdin)).replaceAll('\r', '').trimEnd().split('\n')
const columns = Math.max(...lines.map((line) => stripped(line).length))
const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN)
const height = lines.length * LINE_HEIGHT + 2 * MARGIN
const rows = lines.map((line, i) => {
  const y = MARGIN + (i + 0.75) * LINE_HEIGHT
  return `<text x="${MARGIN}" y="${y}" xml:space="preserve">${runsOf(line).map(span).join('')}</text>`
})
process.stdout.write(
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="${PLAIN}">\n` +
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>\n${rows.join('\n')}\n</svg>\n`,
)

function stripped(line: string): string {
  return runsOf(line)
    .map((run) => run.text)
    .join('')
}

function runsOf(line: string): readonly Run[] {
  const runs: Run[] = []
  let colour = PLAIN
  let bold = false
  for (const part of line.split('\u001b[')) {
    const code = runs.length === 0 && !line.startsWith('\u001b[') ? undefined : /^(\d+)m/.exec(part)?.[1]
    if (code === '1') bold = true
    if (code === '22') bold = false
    if (code !== undefined) colour = code === '39' ? PLAIN : (COLOURS[code] ?? colour)
    runs.push({ text: code === undefined ? part : part.slice(code.length + 1), colour, bold })
  }
  return runs
}

function span({ text: content, colour, bold }: Run): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<tspan fill="${colour}"${bold ? ' font-weight="bold"' : ''}>${escaped}</tspan>`
}
