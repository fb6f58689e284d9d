import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { BodyTooLarge, listenOnLoopback, readBody, send } from './http.ts'
import { folderStore, memoryStore, type ObjectStore } from './object-store.ts'
import { escapeXml } from './xml.ts'

/** An S3 with path-style addresses: any bucket's name will do, each has its own objects. */
export interface Bucket {
  /** For the SDK client's `endpoint`, with `forcePathStyle: true`. */
  readonly endpoint: string
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** The receiver's largest request in base64, and its letter around it. */
const OBJECT_MAX_BYTES = 128 * 1024 * 1024
/** S3's own page (API reference, ListObjectsV2). */
const PAGE_MAX_KEYS = 1000
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

const xml = (status: number, body: string): Answer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>${body}`,
})
const refused = (status: number, code: string, message: string): Answer =>
  xml(status, `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`)
const empty = (status: number, headers: Answer['headers'] = {}): Answer => ({ status, headers, body: '' })

const etagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`

async function putObject(store: ObjectStore, key: string, request: IncomingMessage): Promise<Answer> {
  if (String(request.headers['content-encoding'] ?? '').includes('aws-chunked')) {
    return refused(501, 'NotImplemented', 'the local bucket takes whole bodies: send bytes or text, no stream')
  }
  try {
    const body = await readBody(request, OBJECT_MAX_BYTES)
    await store.put(key, body)
    return empty(200, { etag: etagOf(body) })
  } catch (error) {
    if (!(error instanceof BodyTooLarge)) throw error
    return refused(400, 'EntityTooLarge', error.message)
  }
}

async function getObject(store: ObjectStore, key: string): Promise<Answer> {
  const body = await store.get(key)
  if (body === undefined) return refused(404, 'NoSuchKey', 'The specified key does not exist.')
  return { status: 200, headers: { 'content-type': 'application/octet-stream', etag: etagOf(body) }, body }
}

async function contentsOf(store: ObjectStore, key: string): Promise<string> {
  const size = (await store.get(key))?.length ?? 0
  return `<Contents><Key>${escapeXml(key)}</Key><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`
}

async function listObjects(store: ObjectStore, bucket: string, query: URLSearchParams): Promise<Answer> {
  const prefix = query.get('prefix') ?? ''
  const token = query.get('continuation-token')
  const after = token === null ? query.get('start-after') : Buffer.from(token, 'base64url').toString()
  const asked = Number(query.get('max-keys') ?? PAGE_MAX_KEYS)
  const pageSize = Number.isInteger(asked) && asked > 0 ? Math.min(asked, PAGE_MAX_KEYS) : PAGE_MAX_KEYS
  const all = await store.keys()
  const start =
    after === null ? 0 : all.findLastIndex((key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) <= 0) + 1
  const keys = all.slice(start).filter((key) => key.startsWith(prefix))
  const page = keys.slice(0, pageSize)
  const last = page.at(-1)
  const next =
    last === undefined || page.length === keys.length
      ? '<IsTruncated>false</IsTruncated>'
      : `<IsTruncated>true</IsTruncated><NextContinuationToken>${Buffer.from(last).toString('base64url')}</NextContinuationToken>`
  const contents = await Promise.all(page.map((key) => contentsOf(store, key)))
  return xml(
    200,
    `<ListBucketResult xmlns="${NAMESPACE}"><Name>${escapeXml(bucket)}</Name><Prefix>${escapeXml(prefix)}</Prefix>` +
      `<KeyCount>${page.length}</KeyCount><MaxKeys>${pageSize}</MaxKeys>${next}${contents.join('')}</ListBucketResult>`,
  )
}

/** Bucket and key of a path-style address; a key that cannot be decoded is no key. */
function addressOf(pathname: string): { readonly bucket: string; readonly key: string } | undefined {
  try {
    const [, bucket = '', ...key] = pathname.split('/').map(decodeURIComponent)
    // A bucket's name by S3's rules, so that it is a folder's name too.
    return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) ? { bucket, key: key.join('/') } : undefined
  } catch {
    return undefined
  }
}

/** Starts the stand-in: PutObject, GetObject, ListObjectsV2, DeleteObject; in memory or in `FOLDER/buckets`. */
export async function startBucket(folder?: string, port = 0): Promise<Bucket> {
  const stores = new Map<string, ObjectStore>()
  function storeOf(bucket: string): ObjectStore {
    const store =
      stores.get(bucket) ?? (folder === undefined ? memoryStore() : folderStore(join(folder, 'buckets', bucket)))
    stores.set(bucket, store)
    return store
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const [path = '/', query = ''] = String(request.url).split('?')
    const address = addressOf(path)
    if (address === undefined) return refused(400, 'InvalidBucketName', 'The specified bucket is not valid.')
    const { bucket, key } = address
    const store = storeOf(bucket)
    if (request.method === 'GET' && key === '') return listObjects(store, bucket, new URLSearchParams(query))
    if (request.method === 'GET') return getObject(store, key)
    if (request.method === 'PUT' && key !== '') return putObject(store, key, request)
    if (request.method === 'DELETE' && key !== '') {
      await store.remove(key)
      return empty(204)
    }
    return refused(501, 'NotImplemented', 'the local bucket puts, gets, lists and deletes objects')
  }

  const server = await listenOnLoopback(async (request, response) => {
    const { status, headers, body } = await answer(request)
    send(response, status, headers, body)
  }, port)
  return { endpoint: server.url, close: server.close }
}
