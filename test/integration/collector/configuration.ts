import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** The configuration that users copy, as it is shipped. */
export const SHIPPED = fileURLToPath(new URL('../../../deploy/collector.yaml', import.meta.url))

/** A line of an option: # and no space, or # and the indentation of what it belongs to. */
const OPTION_LINE = /^( *)#(?=\S| {2,})/

/** The configuration with those options on whose comment holds `option`; a copy that ends with the test. */
export async function withOption(option: string): Promise<string> {
  let isOn = false
  const lines = readFileSync(SHIPPED, 'utf8').split('\n')
  const changed = lines.map((line) => {
    if (OPTION_LINE.test(line)) return isOn ? line.replace(OPTION_LINE, '$1') : line
    // Options end where something that is no comment begins; until then a comment may name the next one.
    isOn = line.trimStart().startsWith('#') && (line.includes(`"${option}"`) || (isOn && !line.includes('Option "')))
    return line
  })
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-collector-yaml-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'collector.yaml')
  await writeFile(path, changed.join('\n'))
  return path
}
