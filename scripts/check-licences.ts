import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildEdge, buildEdgeLayer } from './build-edge.ts'
import { functionsMetafile } from './shipped/bundles.ts'
import { ALLOWED_LICENCES, unlicensed } from './shipped/licences.ts'
import { type ShippedPackage, shippedPackages } from './shipped/packages.ts'

/**
 * Compares the licences of what ships with those that are allowed: of every package that has code in a function's bundle, in the
 * edge's Lambda layer or in its npm package, wherever package.json lists it, and of all that `npm ci --omit=dev` installs. Exit code 1
 * on another licence. `npm run check:licences`.
 */
const out = mkdtempSync(join(tmpdir(), 'tollgate-licences-'))
try {
  const bundles: Readonly<Record<string, readonly ShippedPackage[]>> = {
    'the functions': shippedPackages([await functionsMetafile()]),
    'the Lambda layer': (await buildEdgeLayer(join(out, 'layer'))).packages,
    '@tollgate/edge': (await buildEdge(join(out, 'edge'))).packages,
  }
  for (const [bundle, packages] of Object.entries(bundles)) {
    const faults = unlicensed(packages)
    console.log(`${bundle}: ${packages.length} packages, ${faults.length} under a licence that is not allowed`)
    for (const fault of faults) console.error(`  ${fault}`)
    if (faults.length > 0) process.exitCode = 1
  }
} finally {
  rmSync(out, { recursive: true })
}

const require = createRequire(import.meta.url)
const checker = require.resolve('license-checker-rseidelsohn/bin/license-checker-rseidelsohn.js')
const options = ['--production', '--excludePrivatePackages', '--summary', '--onlyAllow', ALLOWED_LICENCES.join(';')]
const { status, error } = spawnSync(process.execPath, [checker, ...options], { stdio: 'inherit' })
if (error) throw error
if (status !== 0) process.exitCode = 1
