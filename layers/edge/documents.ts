import { readFlagsDocument } from '../core/flags/flags-document.ts'
import { type HeldFlags, holdByService } from '../core/flags/held-flags.ts'
import { readEdgeBook } from '../core/prices/edge-book.ts'
import { compileRating } from '../core/rating/rating-context.ts'
import type { BookInForce } from './span/cost-of-span.ts'

// Loaded when the first document arrives, so that a cold start does not pay for the validation of what is not there yet.

/** The price book of a document with its rules compiled; undefined where it is none. */
export function readBook(json: unknown): BookInForce | undefined {
  const read = readEdgeBook(json)
  return read === undefined ? undefined : { book: read.book, context: compileRating(read.rating, read.rates) }
}

/** The flags of a document, by service; undefined where it is none. */
export function readFlags(json: unknown): HeldFlags['byService'] | undefined {
  const read = readFlagsDocument(json)
  return read === undefined ? undefined : holdByService(read.flags)
}
