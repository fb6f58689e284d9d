/** What was asked cannot be done as it was written; the message says what to write instead. Ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
