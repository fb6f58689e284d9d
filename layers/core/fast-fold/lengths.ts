/** 2^28 bytes: no record is as large. */
const LENGTH_BYTES_MAX = 4
const TOO_LONG = 2 ** 28
const VARINT_BYTES_MAX = 10

/** Where the content of a length-delimited field begins whose length stands at `at`. Like all that follows it throws RangeError where the bytes end. */
export const contentStart = (view: DataView, at: number): number =>
  view.getUint8(at) < 0x80 ? at + 1 : longContentStart(view, at)

/** That length; more than any record has where it takes more than four bytes. */
export const lengthAt = (view: DataView, at: number): number =>
  view.getUint8(at) < 0x80 ? view.getUint8(at) : longLengthAt(view, at)

function longContentStart(view: DataView, at: number): number {
  let next = at
  while (view.getUint8(next) > 0x7f && next - at < LENGTH_BYTES_MAX) next += 1
  return next + 1
}

function longLengthAt(view: DataView, at: number): number {
  let length = 0
  for (let i = 0; i < LENGTH_BYTES_MAX; i += 1) {
    const byte = view.getUint8(at + i)
    length |= (byte & 0x7f) << (7 * i)
    if (byte < 0x80) return length
  }
  return TOO_LONG
}

/** Where the varint that begins at `start` ends, whatever its value; -1 where it has more bytes than one may have, or `end` comes first. */
export function varintEnd(view: DataView, start: number, end: number): number {
  const limit = Math.min(end, start + VARINT_BYTES_MAX)
  for (let at = start; at < limit; at += 1) if (view.getUint8(at) < 0x80) return at + 1
  return -1
}
