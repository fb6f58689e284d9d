import type { SignGet } from '../../layers/adapters/request-signer.ts'
import type { Flag } from '../../layers/core/flags/flag.ts'
import { readFlagsDocument } from '../../layers/core/flags/flags-document.ts'

/** A poll's answer: the document, or that it has not changed. */
export type Fetched =
  | { readonly changed: false }
  | {
      readonly changed: true
      readonly flags: readonly Flag[]
      readonly unreadable: number
      readonly etag: string | undefined
    }

/** The flags could not be had; the message says what came instead. */
class NoFlags extends Error {
  override readonly name = 'NoFlags'
}

/** A Lambda function answers with at most 6 MB. */
const BODY_BYTES_MAX = 8 * 2 ** 20

/**
 * Makes the poll of a flags document: one GET, given up after `timeoutMs`. `etag` is that of the document held.
 * The poll throws NoFlags, and what `fetch` and `sign` throw.
 */
export function flagsFetcher(url: URL, timeoutMs: number, sign: SignGet | undefined) {
  return async (etag: string | undefined): Promise<Fetched> => {
    const headers = { accept: 'application/json', ...(etag === undefined ? {} : { 'if-none-match': etag }) }
    const response = await fetch(url, {
      headers: sign === undefined ? headers : await sign(url, headers),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (response.status === 304 && etag !== undefined) {
      await response.body?.cancel()
      return { changed: false }
    }
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new NoFlags(`${url.origin} answered ${response.status}${HINTS[response.status] ?? ''}`)
    }
    const document = readFlagsDocument(parseJson(await readBounded(response)))
    if (document === undefined) throw new NoFlags(`${url.origin} answered with something else than a flags document`)
    return { changed: true, ...document, etag: response.headers.get('etag') ?? undefined }
  }
}

const HINTS: Readonly<Record<number, string>> = {
  401: ': it wants signed requests; give --sign REGION',
  403: ': the credentials at hand may not invoke GET /v1/flags (execute-api:Invoke)',
  404: ': give the whole URL of the document, which ends in /v1/flags',
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > BODY_BYTES_MAX) throw new NoFlags(`the answer is larger than ${BODY_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
