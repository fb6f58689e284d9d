import type { DeadReason } from './span.ts'

/** Thrown inside the decoders, and caught there: input that cannot be decoded. The message carries no values of the input. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly reason: DeadReason
  constructor(reason: DeadReason, detail: string) {
    super(detail)
    this.reason = reason
  }
}
