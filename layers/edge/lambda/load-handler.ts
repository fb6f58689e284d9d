import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A Lambda function's own code. Symbols on it say that it streams its response. */
export type Handler = (event: unknown, context: unknown, ...more: unknown[]) => unknown

/** There is no function of that name. */
export class NoHandler extends Error {
  override readonly name = 'NoHandler'
}

const EXTENSIONS = ['', '.js', '.mjs', '.cjs'] as const

/**
 * Loads the handler of a function, `folder/file.export` below `root`, in the order in which Lambda's runtime for Node looks for it
 * (aws-lambda-nodejs-runtime-interface-client, module-loader).
 * @throws NoHandler, and what the module throws
 */
export async function loadHandler(root: string, handler: string): Promise<Handler> {
  const [file = '', ...path] = basename(handler).split('.')
  const at = resolve(root, dirname(handler), file)
  const candidates = EXTENSIONS.map((extension) => at + extension)
  const found = candidates.find((candidate) => existsSync(candidate)) ?? packageOf(file, [root, dirname(at)])
  if (found === undefined) throw new NoHandler(`${at} is no module; TOLLGATE_HANDLER is '${handler}'`)
  const module: unknown = await import(pathToFileURL(found).href)
  const loaded = memberOf(module, path) ?? memberOf(memberOf(module, ['default']), path)
  if (typeof loaded !== 'function') throw new NoHandler(`${found} exports no function ${path.join('.')}`)
  return loaded as Handler
}

/** Monitoring layers name a package of theirs, found as Node finds it, in `NODE_PATH` too. */
function packageOf(name: string, from: string[]): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name, { paths: from })
  } catch {
    return undefined
  }
}

const memberOf = (of: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), of)
