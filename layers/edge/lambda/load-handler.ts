import { existsSync } from 'node:fs'
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
  const found = EXTENSIONS.map((extension) => at + extension).find((candidate) => existsSync(candidate))
  if (found === undefined) throw new NoHandler(`${at} is no module; TOLLGATE_HANDLER is '${handler}'`)
  const module: unknown = await import(pathToFileURL(found).href)
  const loaded = memberOf(module, path) ?? memberOf(memberOf(module, ['default']), path)
  if (typeof loaded !== 'function') throw new NoHandler(`${found} exports no function ${path.join('.')}`)
  return loaded as Handler
}

const memberOf = (of: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), of)
