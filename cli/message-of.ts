/** What an error says, with its cause where that says more ("fetch failed" says nothing by itself). */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error.cause
  if (!(cause instanceof Error)) return error.message
  return [error.message.replace(/\.$/, ''), messageOf(cause)].filter((said) => said !== '').join(': ')
}
