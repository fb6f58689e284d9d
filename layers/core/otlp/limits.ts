/** UTF-16 units that an attribute's text, a span's name or a scope's name keeps; DynamoDB's capacity JSON needs about 300. */
export const TEXT_MAX = 4096
/** W3C trace context asks for 512 characters of tracestate to be carried; a longer one is as good as none. */
export const TRACE_STATE_MAX = 512
/** How deep attribute values may nest; what is deeper is null. */
export const VALUE_DEPTH_MAX = 16
/** Entries that an array or a key-value list keeps. */
export const VALUE_ENTRIES_MAX = 128
/** Bytes that a bytes value keeps. */
export const BYTES_MAX = 4096
