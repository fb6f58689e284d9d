import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Metafile } from 'esbuild'
import * as z from 'zod'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A package of others of which a bundle has code. */
export interface ShippedPackage {
  readonly name: string
  readonly version: string
  /** As its package.json says: an SPDX expression; undefined where it says none. */
  readonly licence: string | undefined
  /** Where it is installed; one place of several with the same version. */
  readonly folder: string
}

const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().optional().catch(undefined),
})

/**
 * The packages of which bundles have code, by name: what esbuild read and then left out is not in them. `metafiles`: as esbuild
 * writes them, their paths relative to `root` (esbuild's `absWorkingDir`), the repository without it.
 */
export function shippedPackages(metafiles: readonly Metafile[], root: string = ROOT): readonly ShippedPackage[] {
  const outputs = metafiles.flatMap((metafile) => Object.values(metafile.outputs))
  const inputs = outputs.flatMap((output) => Object.entries(output.inputs))
  const files = inputs.filter(([file, { bytesInOutput }]) => bytesInOutput > 0 && file.includes('node_modules/'))
  const packages = new Map(
    files.map(([file]) => {
      const found = packageOf(dirname(join(root, file)))
      return [idOf(found), found] as const
    }),
  )
  return [...packages.values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
}

/** `zod@4.6.7` */
export const idOf = ({ name, version }: ShippedPackage): string => `${name}@${version}`

/** The nearest package.json with a name and a version: some packages have others inside that only say which kind of module they are. */
function packageOf(folder: string): ShippedPackage {
  const file = join(folder, 'package.json')
  if (existsSync(file)) {
    const parsed = packageSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    if (parsed.success)
      return { name: parsed.data.name, version: parsed.data.version, licence: parsed.data.license, folder }
  }
  if (dirname(folder) === folder) throw new Error(`no package.json with a name and a version above ${folder}`)
  return packageOf(dirname(folder))
}
