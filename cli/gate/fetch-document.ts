import type { SignGet } from '../../layers/adapters/request-signer.ts'

/** What came of one GET: the document as text, or that it is the one held. */
export type FetchedText =
  | { readonly changed: false }
  | { readonly changed: true; readonly text: string; readonly etag: string | undefined }

/** The document could not be had; the message says what came instead. */
export class NoDocument extends Error {
  override readonly name = 'NoDocument'
}

/** A Lambda function answers with at most 6 MB. */
const BODY_BYTES_MAX = 8 * 2 ** 20

/**
 * Makes the poll of a document: one GET, given up after `timeoutMs`. `etag` is that of the document held.
 * The poll throws NoDocument, and what `fetch` and `sign` throw.
 */
export function documentFetcher(url: URL, timeoutMs: number, sign: SignGet | undefined) {
  return async (etag: string | undefined): Promise<FetchedText> => {
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
      throw new NoDocument(`${url.origin} answered ${response.status}${hintOf(response.status, url)}`)
    }
    return { changed: true, text: await readBounded(response), etag: response.headers.get('etag') ?? undefined }
  }
}

function hintOf(status: number, { pathname }: URL): string {
  if (status === 401) return ': it wants signed requests; give --sign REGION'
  if (status === 403) return `: the credentials at hand may not invoke GET ${pathname} (execute-api:Invoke)`
  return status === 404 ? ': give the whole URL of the flags document, which ends in /v1/flags' : ''
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > BODY_BYTES_MAX) throw new NoDocument(`the answer is larger than ${BODY_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
