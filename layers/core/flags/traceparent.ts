/** `00-<trace id>-<parent id>-<flags>`; later versions may go on after another dash. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/

/** Version 00 is 55 characters; what is far longer is no header that a tracer wrote. */
const LONGEST = 512

/**
 * The trace id of a W3C `traceparent` header (Trace Context level 1, section 3.2), 32 lower-case hex digits; undefined
 * where the header is absent or malformed: then the caller starts a trace of its own.
 */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  if (traceparent === undefined || traceparent.length > LONGEST) return undefined
  const [, version, traceId, parentId, more] = TRACEPARENT.exec(traceparent.trim()) ?? []
  if (traceId === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  return /^0+$/.test(traceId) || /^0+$/.test(parentId ?? '') ? undefined : traceId
}
