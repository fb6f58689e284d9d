/** Everything that a ledger says, number by number: amounts by a name that says what, of whom and when. */
export type Digits = Map<string, bigint>

/** Adds to one number. */
export function addDigits(digits: Digits, amount: bigint, ...name: readonly (string | number)[]): void {
  const key = name.join(' | ')
  digits.set(key, (digits.get(key) ?? 0n) + amount)
}

/** One number that two accounts do not agree on. */
export interface Difference {
  readonly name: string
  readonly expected: bigint
  readonly actual: bigint
}

/** All numbers that differ, the smallest difference first. A number that one account does not have is 0 there. */
export function differences(expected: Digits, actual: Digits): readonly Difference[] {
  const size = ({ expected, actual }: Difference): bigint => (expected > actual ? expected - actual : actual - expected)
  return [...new Set([...expected.keys(), ...actual.keys()])]
    .map((name) => ({ name, expected: expected.get(name) ?? 0n, actual: actual.get(name) ?? 0n }))
    .filter(({ expected, actual }) => expected !== actual)
    .sort((a, b) => (size(a) < size(b) ? -1 : size(a) > size(b) ? 1 : 0))
}
