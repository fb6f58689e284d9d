import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Metafile, type Plugin } from 'esbuild'
import { noticesOf } from './shipped/notices.ts'
import { type ShippedPackage, shippedPackages } from './shipped/packages.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const EDGE = join(ROOT, 'layers', 'edge')
/** The licences of what others wrote: it lies beside the code, which can be handed on with it and not without. */
const NOTICES = 'THIRD-PARTY-NOTICES.txt'
/** The files of the package; each imports the others and holds no copy of them. */
const ENTRIES = ['process-edge', 'documents', 'register', 'express', 'fastify', 'hono', 'middy', 'http'] as const
/** Those of them that the Lambda layer holds. */
const LAYER_ENTRIES = ['process-edge', 'documents', 'register', 'http'] as const
const FORMATS = [
  { format: 'esm', extension: '.mjs' },
  { format: 'cjs', extension: '.cjs' },
] as const

/** What a service loads at its start, and what it loads behind it, minified, bytes: `process-edge` holds the raters, `documents` zod. */
export const BUDGETS = { 'process-edge': 48_000, documents: 120_000 } as const
/** Of the modules of the Lambda layer, bytes unpacked. */
export const LAYER_BUDGET = 270_000

/** The npm package, built. */
interface BuiltPackage {
  /** Bytes of each file of code. */
  readonly sizes: ReadonlyMap<string, number>
  /** Those that have code in it. */
  readonly packages: readonly ShippedPackage[]
}

/**
 * Builds the npm package `@tollgate/edge` into `out` (layers/edge/dist without one): ES modules, CommonJS, its licence and those of
 * what is in it. Types are for `writeTypes`. Throws esbuild's errors and NoLicenceText.
 */
export async function buildEdge(out: string = join(EDGE, 'dist')): Promise<BuiltPackage> {
  rmSync(out, { recursive: true, force: true })
  const [esm, cjs] = FORMATS
  const packages = shippedPackages([await bundle(ENTRIES, esm, out), await bundle(ENTRIES, cjs, out)])
  writeLicences(packages, out)
  return { sizes: sizesOf(out), packages }
}

/** Parts of the SDK are CommonJS and ask for Node's modules. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);"

/** The Lambda layer, built. */
interface BuiltLayer {
  /** Bytes of its modules, unpacked. */
  readonly size: number
  /** Those that have code in it. */
  readonly packages: readonly ShippedPackage[]
}

/**
 * Builds what the Lambda layer holds into `out`: the wrapper script, the ES modules that it starts, with OpenTelemetry's SDK for a
 * function that brings none, and the licences. Throws esbuild's errors and NoLicenceText.
 */
export async function buildEdgeLayer(out: string): Promise<BuiltLayer> {
  const modules = join(out, 'tollgate')
  const [esm] = FORMATS
  const packages = shippedPackages([
    await bundle(LAYER_ENTRIES, esm, modules),
    await bundle(['lambda/lambda'], esm, modules, REQUIRE),
  ])
  cpSync(join(EDGE, 'lambda', 'tollgate-edge'), join(out, 'tollgate-edge'))
  chmodSync(join(out, 'tollgate-edge'), 0o755)
  const size = readdirSync(modules).reduce((total, name) => total + statSync(join(modules, name)).size, 0)
  writeLicences(packages, modules)
  return { size, packages }
}

function writeLicences(packages: readonly ShippedPackage[], folder: string): void {
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
  writeFileSync(join(folder, NOTICES), noticesOf(packages))
}

async function bundle(
  entries: readonly string[],
  { format, extension }: (typeof FORMATS)[number],
  out: string,
  banner = '',
): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    metafile: true,
    entryPoints: entries.map((entry) => join(EDGE, `${entry}.ts`)),
    outdir: out,
    outExtension: { '.js': extension },
    bundle: true,
    minify: true,
    format,
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    banner: { js: banner },
    plugins: [otherEntriesStayOutside(extension)],
    logLevel: 'warning',
  })
  return metafile
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
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    execFileSync(process.execPath, [
      tsc,
      '--ignoreConfig',
      ...flags,
      ...shared,
      '--verbatimModuleSyntax',
      ...['--outDir', join(out, folder), '--rootDir', ROOT],
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

/** `npm run build:edge [OUT]` builds the package; `--layer OUT` builds what the Lambda layer holds. */
async function main([first, second]: readonly string[]): Promise<void> {
  if (first === '--layer' && second !== undefined) return keepLayerBudget((await buildEdgeLayer(second)).size)
  const out = first ?? join(EDGE, 'dist')
  const { sizes } = await buildEdge(out)
  writeTypes(out)
  for (const [name, size] of sizes) {
    const gzipped = gzipSync(readFileSync(join(out, name))).length
    console.log(`${name.padEnd(16)} ${String(size).padStart(7)} bytes ${String(gzipped).padStart(7)} gzipped`)
  }
  const layer = mkdtempSync(join(tmpdir(), 'tollgate-edge-layer-'))
  const { size: layerSize } = await buildEdgeLayer(layer)
  rmSync(layer, { recursive: true })
  console.log(`Lambda layer     ${String(layerSize).padStart(7)} bytes`)
  const over = oversized(sizes)
  for (const line of over) console.error(line)
  if (over.length > 0) process.exitCode = 1
  keepLayerBudget(layerSize)
}

function keepLayerBudget(size: number): void {
  if (size <= LAYER_BUDGET) return
  console.error(`the Lambda layer has ${size} bytes, its budget is ${LAYER_BUDGET}`)
  process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
