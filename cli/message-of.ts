/** What an error says, with its cause where that says more ("fetch failed" says nothing by itself). */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof AggregateError && cause.errors.length > 0)
    return `${error.message}: ${messageOf(cause.errors[0])}`
  return cause instanceof Error && cause.message !== '' ? `${error.message}: ${messageOf(cause)}` : error.message
}
