/** 2^28 bytes: no record is as large. */
const LENGTH_BYTES_MAX = 4

/** Where the content of a length-delimited field begins whose length stands at `at`. */
export const contentStart = (bytes: Buffer, at: number): number =>
  (bytes[at] as number) < 0x80 ? at + 1 : longContentStart(bytes, at)

/** That length; NaN where it has more than four bytes or the bytes end. */
export const lengthAt = (bytes: Buffer, at: number): number =>
  (bytes[at] as number) < 0x80 ? (bytes[at] as number) : longLengthAt(bytes, at)

function longContentStart(bytes: Buffer, at: number): number {
  let next = at
  while ((bytes[next] as number) > 0x7f && next - at < LENGTH_BYTES_MAX) next += 1
  return next + 1
}

function longLengthAt(bytes: Buffer, at: number): number {
  let length = 0
  for (let i = 0; i < LENGTH_BYTES_MAX; i += 1) {
    const byte = bytes[at + i] as number
    length |= (byte & 0x7f) << (7 * i)
    if (byte < 0x80) return length
  }
  return Number.NaN
}
