import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { BodyTooLarge, readBody } from './http.ts'

/** The body is compressed in a way that is not spoken here. */
export class UnknownEncoding extends Error {
  override readonly name = 'UnknownEncoding'
  constructor(encoding: string) {
    super(`content-encoding "${encoding.slice(0, 40)}" is not known: send gzip, or nothing`)
  }
}

/** The body says gzip and is not. */
export class BrokenGzip extends Error {
  override readonly name = 'BrokenGzip'
}

const gunzipped = promisify(gunzip)

async function decompress(body: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await gunzipped(body, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new BodyTooLarge(maxBytes)
    throw new BrokenGzip('the body says gzip and cannot be decompressed', { cause: error })
  }
}

/**
 * Reads a request's body and undoes gzip; `maxBytes` holds before and after.
 * @throws BodyTooLarge, UnknownEncoding, BrokenGzip
 */
export async function readDecompressed(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = String(request.headers['content-encoding'] ?? 'identity')
    .trim()
    .toLowerCase()
  const body = await readBody(request, maxBytes)
  if (encoding === 'identity' || encoding === '') return body
  if (encoding !== 'gzip') throw new UnknownEncoding(encoding)
  return decompress(body, maxBytes)
}
