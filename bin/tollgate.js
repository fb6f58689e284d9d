#!/usr/bin/env node
// Plain JavaScript that old versions of Node can read: they could not say what is wrong from a .ts file.
const [major] = process.versions.node.split('.')
if (Number(major) >= 24) {
  await import('../cli/tollgate.ts')
} else {
  console.error(
    `tollgate: Node 24 or newer is needed, this is ${process.versions.node}. In Tollgate's folder "npx tollgate"
brings its own, once "npm ci" has run.`,
  )
  process.exitCode = 1
}
