import { createHash } from 'node:crypto'
import { appendFileSync, cpSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CloudFormationTemplate } from './emulator-template.ts'

const FILES = ['manifest.json', 'Code.assets.json', 'Code.template.json']

/**
 * Copies a cloud assembly and makes of it what a later commit would have synthesized: other code in each function, under
 * other hashes, and so other versions and another template.
 */
export function nextVersionOf(assembly: string, folder: string): void {
  cpSync(assembly, folder, { recursive: true })
  const { files } = JSON.parse(readFileSync(join(folder, 'Code.assets.json'), 'utf8')) as {
    readonly files: Readonly<Record<string, { readonly source: { readonly path: string } }>>
  }
  const renamed = new Map<string, string>()
  for (const [hash, { source }] of Object.entries(files)) {
    const code = join(folder, source.path, 'index.js')
    if (source.path !== 'Code.template.json' && !isBundle(code)) continue
    const next = createHash('sha256').update(`next ${hash}`).digest('hex')
    renamed.set(hash, next)
    if (source.path === 'Code.template.json') continue
    appendFileSync(code, '// the next version\n')
    renameSync(join(folder, source.path), join(folder, source.path.replace(hash, next)))
  }
  for (const file of FILES) rewrite(join(folder, file), renamed)
  const template = JSON.parse(readFileSync(join(folder, 'Code.template.json'), 'utf8')) as CloudFormationTemplate
  const versions = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Version')
  // The CDK ends the logical id of a version with a hash of its function.
  rewrite(
    join(folder, 'Code.template.json'),
    new Map(
      versions.map(([id]) => [id, `${id.slice(0, -8)}${createHash('sha256').update(id).digest('hex').slice(0, 8)}`]),
    ),
  )
}

/** Not the configuration's layer, nor a provider of the CDK's, which has an entry of its own. */
const isBundle = (code: string): boolean => existsSync(`${code}.map`)

function rewrite(file: string, renamed: ReadonlyMap<string, string>): void {
  let text = readFileSync(file, 'utf8')
  for (const [from, to] of renamed) text = text.replaceAll(from, to)
  writeFileSync(file, text)
}
