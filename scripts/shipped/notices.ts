import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { idOf, type ShippedPackage } from './packages.ts'

/** A package has no licence text to pass on: its own repository has it, or it cannot go into what is handed on. */
export class NoLicenceText extends Error {
  override readonly name = 'NoLicenceText'
  constructor(shipped: ShippedPackage) {
    super(
      `${idOf(shipped)} holds no LICENSE file, and its licence (${shipped.licence ?? 'none named'}) has to travel with it`,
    )
  }
}

const LEGAL_FILE = /^(licen[cs]e|notice|copying)([.-].*)?$/i

/**
 * What has to travel with a bundle that is handed to others: the licences and notices of the packages in it, each text once, under
 * the names of those that have it. MIT, BSD and ISC want copyright and text in every copy, Apache-2.0 (section 4) the text and NOTICE.
 * @throws NoLicenceText
 */
export function noticesOf(packages: readonly ShippedPackage[]): string {
  const holders = new Map<string, string[]>()
  for (const shipped of packages) {
    const text = legalText(shipped)
    holders.set(text, [...(holders.get(text) ?? []), `${idOf(shipped)} (${shipped.licence ?? 'as below'})`])
  }
  const sections = [...holders].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`)
  return `${['Parts of these files are the work of others:\n', ...sections].join(`\n${'-'.repeat(80)}\n\n`)}`
}

function legalText(shipped: ShippedPackage): string {
  const files = readdirSync(shipped.folder).filter((name) => LEGAL_FILE.test(name))
  if (files.length === 0) throw new NoLicenceText(shipped)
  return files
    .sort()
    .map((name) => readFileSync(join(shipped.folder, name), 'utf8').trim())
    .join('\n\n')
}
