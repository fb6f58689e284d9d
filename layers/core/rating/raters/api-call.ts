import type { RatingSettings } from '../../configuration.ts'
import type { Attributes } from '../../otlp/span.ts'
import { countOf } from '../attribute.ts'

/** One call of an AWS API, as its rater sees it. */
interface ApiCall {
  /** `GetItem`. */
  readonly method: string
  readonly attributes: Attributes
  readonly settings: RatingSettings
}

/** What a call is metered by: so many quanta of a family (prices/sku.ts); an attribute that did not say; a setting that did. */
export type ApiMeter =
  | { readonly family: string; readonly quantity: number }
  | { readonly missing: string }
  | { readonly assumed: string }

/** Meters of a call of one service; none where the call is free. */
export type ApiRater = (call: ApiCall) => readonly ApiMeter[]

/** Bytes that a call sent, by the message conventions or, failing those, of the HTTP request. */
export const payloadBytes = (attributes: Attributes): number | undefined =>
  countOf(
    attributes,
    'messaging.message.body.size',
    'messaging.message.envelope.size',
    'messaging.message.payload_size_bytes',
    'messaging.message_payload_size_bytes',
    'http.request.body.size',
    'http.request_content_length',
  )

/** How many messages or records a call carried, where it says so. */
export const messageCount = (attributes: Attributes): number | undefined =>
  countOf(attributes, 'messaging.batch.message_count')

/** Billed pieces of a payload: at least one, each begun piece whole. */
export const chunksOf = (bytes: number, bytesPerChunk: number): number => Math.max(1, Math.ceil(bytes / bytesPerChunk))

/** One piece a call where its size is not said, and that it was assumed. */
export function chunkMeters(family: string, attributes: Attributes, bytesPerChunk: number): readonly ApiMeter[] {
  const bytes = payloadBytes(attributes)
  return bytes === undefined
    ? [{ family, quantity: 1 }, { assumed: 'chunks=1' }]
    : [{ family, quantity: chunksOf(bytes, bytesPerChunk) }]
}
