import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface Source {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
  /** The text with comments and the contents of string literals blanked, line by line: what runs, roughly. */
  readonly code: string
}

/** The files under some folders, or single files, whose names end so. */
export function sources(places: readonly string[], ...endings: readonly string[]): Source[] {
  return places
    .flatMap((place) => filesAt(place))
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => {
      const text = readFileSync(`${ROOT}${path}`, 'utf8')
      return { path, text, code: withoutCommentsAndStrings(text) }
    })
}

function filesAt(place: string): string[] {
  if (!existsSync(`${ROOT}${place}`)) return []
  if (place.includes('.')) return [place]
  return readdirSync(`${ROOT}${place}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(ROOT.length))
}

/**
 * Comments, strings and regular expressions blanked; templates are kept, as code runs inside them. A tokenizer would be
 * exact; this errs on the side of keeping, and so of complaining.
 */
export const withoutCommentsAndStrings = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, (found) => {
    const quote = found[0] === '/' ? '' : (found[0] ?? '')
    return quote + found.slice(quote.length, found.length - quote.length).replace(/[^\n]/g, ' ') + quote
  })

/** `path:line: text` of every line of the code that matches. */
export const linesWith = (found: readonly Source[], pattern: RegExp, of: 'code' | 'text' = 'code'): string[] =>
  found.flatMap((source) =>
    source[of]
      .split('\n')
      .flatMap((line, at) => (pattern.test(line) ? [`${source.path}:${at + 1}: ${line.trim()}`] : [])),
  )
