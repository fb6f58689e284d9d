import { idOf, type ShippedPackage } from './packages.ts'

/** Licences that ask for no more than their own text and notices. */
export const ALLOWED_LICENCES = ['Apache-2.0', 'MIT', 'MIT-0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD'] as const

/** What ships under another licence, or under none that its package.json names, a line each. */
export function unlicensed(packages: readonly ShippedPackage[]): readonly string[] {
  const allowed: readonly (string | undefined)[] = ALLOWED_LICENCES
  return packages
    .filter(({ licence }) => !allowed.includes(licence))
    .map((one) => `${idOf(one)}: ${one.licence ?? 'no licence'}`)
}
