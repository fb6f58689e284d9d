import { gunzipSync, zstdDecompressSync } from 'node:zlib'

/** A record's value cannot be unpacked, or would be larger than any export request is. */
export interface NotUnpacked {
  readonly problem: string
}

/** Bytes of an unpacked value. Collectors batch to about a megabyte. */
const UNPACKED_MAX_BYTES = 16 * 1024 * 1024
/**
 * OTLP shrinks to a tenth, seldom to a thirtieth. An event has 6 MB: whatever is in it unpacks to 1.2 GB at most, one value after
 * the other, which takes seconds and not the minute that the function has.
 */
const RATIO_MAX = 100
/** What even the smallest value may unpack to. */
const ALWAYS_BYTES = 64 * 1024

/** RFC 1952, 2.3.1; RFC 8878, 3.1.1. No export request and no JSON begins with these bytes, whatever the record's headers say. */
const PACKINGS = [
  { name: 'gzip', magic: [0x1f, 0x8b], unpack: gunzipSync },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: zstdDecompressSync },
] as const

/** The value of a record as it was before its producer packed it (`content-encoding`); unpacked values stay as they are. */
export function unpackValue(value: Uint8Array): Uint8Array | NotUnpacked {
  const packing = PACKINGS.find(({ magic }) => magic.every((byte, at) => value[at] === byte))
  if (packing === undefined) return value
  const maxOutputLength = Math.min(UNPACKED_MAX_BYTES, Math.max(ALWAYS_BYTES, value.length * RATIO_MAX))
  try {
    return packing.unpack(value, { maxOutputLength })
  } catch (error) {
    const isLarger = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    return { problem: isLarger ? `${packing.name} of more than ${maxOutputLength} bytes` : `broken ${packing.name}` }
  }
}
