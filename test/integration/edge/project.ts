import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildEdge, buildEdgeLayer, writeTypes } from '../../../scripts/build-edge.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const APPLICATIONS = fileURLToPath(new URL('applications/', import.meta.url))
/** What the applications use. */
const INSTALLED = [
  'express',
  'fastify',
  'hono',
  '@hono',
  '@middy',
  '@aws-sdk',
  '@opentelemetry',
  '@types',
  'typescript',
]

/** A folder that ends with the tests. */
export interface Project {
  readonly folder: string
  remove(): void
}

/** The applications in a folder of their own, and the package, with its `types` where they are wanted, as `npm install` puts it there. */
export async function makeProject({ types = false } = {}): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-edge-project-'))
  cpSync(APPLICATIONS, folder, { recursive: true })
  const modules = join(folder, 'node_modules')
  const edge = join(modules, '@tollgate', 'edge')
  mkdirSync(edge, { recursive: true })
  cpSync(join(ROOT, 'layers', 'edge', 'package.json'), join(edge, 'package.json'))
  await buildEdge(join(edge, 'dist'))
  if (types) writeTypes(join(edge, 'dist'))
  for (const name of INSTALLED) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'layer', 'node_modules'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The Lambda layer in a folder of its own, as it is under /opt. */
export async function makeLayer(): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-edge-layer-'))
  await buildEdgeLayer(folder)
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
