import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'

const EDGE = fileURLToPath(new URL('../layers/edge/', import.meta.url))
/** The files of the package; each imports the others and holds no copy of them. */
const ENTRIES = ['process-edge', 'documents', 'register', 'express', 'fastify', 'hono', 'middy', 'http'] as const
const FORMATS = [
  { format: 'esm', extension: '.mjs' },
  { format: 'cjs', extension: '.cjs' },
] as const

/** What a service loads at its start, and what it loads behind it, minified, bytes: `process-edge` holds the raters, `documents` zod. */
const BUDGETS = { 'process-edge': 48_000, documents: 120_000 } as const

/**
 * Builds the npm package `@tollgate/edge` into `out` (layers/edge/dist without one): ES modules, CommonJS and types. Prints the sizes, and
 * fails where one is over its budget. `npm run build:edge`.
 */
export async function buildEdge(out: string = join(EDGE, 'dist')): Promise<ReadonlyMap<string, number>> {
  rmSync(out, { recursive: true, force: true })
  for (const { format, extension } of FORMATS) {
    await build({
      entryPoints: ENTRIES.map((entry) => join(EDGE, `${entry}.ts`)),
      outdir: out,
      outExtension: { '.js': extension },
      bundle: true,
      minify: true,
      format,
      platform: 'node',
      target: 'node20',
      plugins: [otherEntriesStayOutside(extension)],
      logLevel: 'warning',
    })
  }
  return sizesOf(out)
}

/** An import of another entry becomes one of its file in the package. */
const otherEntriesStayOutside = (extension: string): Plugin => ({
  name: 'other-entries-stay-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, kind }) => {
      if (kind === 'entry-point') return undefined
      const entry = ENTRIES.find((one) => resolve(resolveDir, path) === join(EDGE, `${one}.ts`))
      return entry === undefined ? undefined : { path: `./${entry}${extension}`, external: true }
    })
  },
})

const sizesOf = (out: string): ReadonlyMap<string, number> =>
  new Map(
    ENTRIES.flatMap((entry) =>
      FORMATS.map(({ extension }) => [entry + extension, statSync(join(out, entry + extension)).size] as const),
    ),
  )

/** Declarations for both kinds of import: the same text, under a package.json that says which kind it is. */
export function writeTypes(out: string): void {
  for (const [folder, type] of [
    ['types', 'module'],
    ['types-cjs', 'commonjs'],
  ] as const) {
    const files = ['process-edge', 'express', 'fastify', 'hono', 'middy', 'http'].map((entry) =>
      join(EDGE, `${entry}.ts`),
    )
    const flags = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--rewriteRelativeImportExtensions']
    const shared = ['--target', 'es2024', '--module', 'nodenext', '--strict', '--skipLibCheck', '--types', 'node']
    const root = join(EDGE, '..', '..')
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    execFileSync(process.execPath, [
      tsc,
      '--ignoreConfig',
      ...flags,
      ...shared,
      '--verbatimModuleSyntax',
      ...['--outDir', join(out, folder), '--rootDir', root],
      ...files,
    ])
    writeFileSync(join(out, folder, 'package.json'), `{ "type": "${type}" }\n`)
  }
}

/** What is over its budget, a line each. */
export const oversized = (sizes: ReadonlyMap<string, number>): readonly string[] =>
  [...sizes].flatMap(([name, size]) => {
    const budget = BUDGETS[name.slice(0, name.lastIndexOf('.')) as keyof typeof BUDGETS]
    return budget !== undefined && size > budget ? [`${name} has ${size} bytes, its budget is ${budget}`] : []
  })

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = process.argv[2] ?? join(EDGE, 'dist')
  const sizes = await buildEdge(out)
  writeTypes(out)
  for (const [name, size] of sizes) {
    const gzipped = gzipSync(readFileSync(join(out, name))).length
    console.log(`${name.padEnd(16)} ${String(size).padStart(7)} bytes ${String(gzipped).padStart(7)} gzipped`)
  }
  const over = oversized(sizes)
  for (const line of over) console.error(line)
  process.exitCode = over.length > 0 ? 1 : 0
}
