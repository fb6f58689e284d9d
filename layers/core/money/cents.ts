/** USD for people: dollars and cents, rounded down ("312.40"); below a dollar four decimals ("0.0312"). Not for sums. */
export function cents(amount: bigint): string {
  const magnitude = amount < 0n ? -amount : amount
  const decimals = magnitude < 10n ** 12n ? 4 : 2
  const text = (magnitude / 10n ** BigInt(12 - decimals)).toString().padStart(decimals + 1, '0')
  return `${amount < 0n ? '-' : ''}${text.slice(0, -decimals)}.${text.slice(-decimals)}`
}
