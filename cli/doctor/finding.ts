/** What the doctor makes of one part of a system. */
export interface Finding {
  /** `api`, `table shop-ledger` ... */
  readonly part: string
  readonly verdict: 'ok' | 'warn' | 'FAIL'
  readonly found: string
  /** What to do; a finding that is ok needs none. */
  readonly advice?: string
}

export const ok = (part: string, found: string): Finding => ({ part, verdict: 'ok', found })
export const warn = (part: string, found: string, advice: string): Finding => ({ part, verdict: 'warn', found, advice })
export const fail = (part: string, found: string, advice: string): Finding => ({ part, verdict: 'FAIL', found, advice })
