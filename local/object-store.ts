import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'

/** Objects by key, without metadata. */
export interface ObjectStore {
  put(key: string, body: Buffer): Promise<void>
  /** Undefined where there is no such object. */
  get(key: string): Promise<Buffer | undefined>
  remove(key: string): Promise<void>
  /** All keys, in the order of their UTF-8 bytes, as S3 lists them. */
  keys(): Promise<readonly string[]>
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Objects in memory. */
export function memoryStore(): ObjectStore {
  const objects = new Map<string, Buffer>()
  return {
    put: async (key, body) => {
      objects.set(key, body)
    },
    get: async (key) => objects.get(key),
    remove: async (key) => {
      objects.delete(key)
    },
    keys: async () => [...objects.keys()].sort(byBytes),
  }
}

/** A key's path in the folder: no segment can be `.`, `..` or empty, and none ends like a file being written. */
const toPath = (key: string): string =>
  key
    .split('/')
    .map((segment) => `${encodeURIComponent(segment).replaceAll('.', '%2E')}`)
    .map((segment) => (segment === '' ? '%' : segment))
    .join(sep)
const toKey = (path: string): string =>
  path
    .split(sep)
    .map((segment) => (segment === '%' ? '' : decodeURIComponent(segment)))
    .join('/')

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Objects as files of a folder, one a key, their names percent-encoded. */
export function folderStore(folder: string): ObjectStore {
  let writes = 0
  return {
    put: async (key, body) => {
      const path = join(folder, toPath(key))
      await mkdir(dirname(path), { recursive: true })
      writes += 1
      const unfinished = `${path}.${writes}`
      await writeFile(unfinished, body)
      await rename(unfinished, path)
    },
    get: (key) => unlessMissing(readFile(join(folder, toPath(key)))),
    remove: (key) => rm(join(folder, toPath(key)), { force: true }),
    keys: async () => {
      const entries = (await unlessMissing(readdir(folder, { recursive: true, withFileTypes: true }))) ?? []
      const paths = entries
        // A dot is in no finished file's name.
        .filter((entry) => entry.isFile() && !entry.name.includes('.'))
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      return paths.map(toKey).sort(byBytes)
    },
  }
}
