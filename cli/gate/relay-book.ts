import { type TaggedDocument, tagDocument } from '../../layers/adapters/etag-answer.ts'
import type { FetchedText } from './fetch-document.ts'

export interface RelaySettings {
  readonly fetchBook: (etag: string | undefined) => Promise<FetchedText>
  readonly monotonicMs: () => number
}

/** A refresh comes every 10 minutes; edges ask every minute. */
const REFRESH_MS = 30_000

/**
 * Makes the function that hands the price book on to the services beside the gate, which then need no credentials. It is fetched when
 * somebody asks for it, at most every 30 s. The one that is held is given at once, and renewed behind it: its prices
 * say themselves until when they hold. Throws what the fetch throws where none is held.
 */
export function relayBook({ fetchBook, monotonicMs }: RelaySettings): () => Promise<TaggedDocument> {
  let held: { readonly document: TaggedDocument; readonly etag: string | undefined } | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let fetching: Promise<void> | undefined

  const fetchOnce = async (): Promise<void> => {
    askedAt = monotonicMs()
    const fetched = await fetchBook(held?.etag)
    if (fetched.changed) held = { document: tagDocument(fetched.text), etag: fetched.etag }
  }
  const refresh = (): Promise<void> => {
    fetching ??= fetchOnce().finally(() => {
      fetching = undefined
    })
    return fetching
  }
  return async () => {
    const isDue = monotonicMs() - askedAt >= REFRESH_MS
    if (held === undefined) await refresh()
    else if (isDue) refresh().catch(() => {})
    if (held === undefined) throw new Error('the book was answered to be unchanged, and none is held')
    return held.document
  }
}
