/** The bytes of a value in base64. They are there until the next value is asked for: what is kept has to be copied. */
export type ValueBytes = (base64: string) => Uint8Array

/** Values are some hundred kilobytes; one that is larger makes the memory grow, to twice what an event holds at most. */
const BYTES_AT_FIRST = 2 ** 20

/**
 * Decodes values one after the other into the same memory. New memory for each would cost the kernel, which has to find and clear
 * it page by page, a fifth of the time that the whole event takes (docs/performance.md).
 */
export function valueBytes(): ValueBytes {
  let memory = Buffer.allocUnsafeSlow(BYTES_AT_FIRST)
  return (base64) => {
    const size = Buffer.byteLength(base64, 'base64')
    if (size > memory.length) memory = Buffer.allocUnsafeSlow(size * 2)
    return memory.subarray(0, memory.write(base64, 'base64'))
  }
}
