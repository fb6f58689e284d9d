import { createHash } from 'node:crypto'
import type { HttpApiResult } from './http-api.ts'

/** A JSON document that callers keep, with its validator. */
export interface TaggedDocument {
  readonly body: string
  /** Strong: the same bytes, the same tag (RFC 9110, 8.8.1). */
  readonly etag: string
}

export const tagDocument = (body: string): TaggedDocument => ({
  body,
  etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
})

/** 200 with the document, or 304 where `If-None-Match` has it. */
export function answerTagged({ body, etag }: TaggedDocument, ifNoneMatch: string | undefined): HttpApiResult {
  const headers = { etag, 'cache-control': 'private, no-cache' }
  if (matchesTag(ifNoneMatch, etag)) return { statusCode: 304, headers, body: '' }
  return { statusCode: 200, headers: { ...headers, 'content-type': 'application/json' }, body }
}

/** `If-None-Match` compares weakly (RFC 9110, 13.1.2): proxies that compress turn `"x"` into `W/"x"`. */
function matchesTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(etag)
}
