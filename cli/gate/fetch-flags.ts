import type { SignGet } from '../../layers/adapters/request-signer.ts'
import type { Flag } from '../../layers/core/flags/flag.ts'
import { readFlagsDocument } from '../../layers/core/flags/flags-document.ts'
import { documentFetcher, NoDocument } from './fetch-document.ts'

/** A poll's answer: the document, or that it has not changed. */
export type Fetched =
  | { readonly changed: false }
  | {
      readonly changed: true
      readonly flags: readonly Flag[]
      readonly unreadable: number
      readonly etag: string | undefined
    }

/**
 * Makes the poll of a flags document. `etag` is that of the document held.
 * The poll throws NoDocument, and what `fetch` and `sign` throw.
 */
export function flagsFetcher(url: URL, timeoutMs: number, sign: SignGet | undefined) {
  const fetchText = documentFetcher(url, timeoutMs, sign)
  return async (etag: string | undefined): Promise<Fetched> => {
    const fetched = await fetchText(etag)
    if (!fetched.changed) return fetched
    const document = readFlagsDocument(parseJson(fetched.text))
    if (document === undefined) throw new NoDocument(`${url.origin} answered with something else than a flags document`)
    return { changed: true, ...document, etag: fetched.etag }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
