/**
 * What esbuild is told of every function. CommonJS, because V8 takes a function's variables for constants and a module's not: reading
 * spans is a fifth faster (docs/performance.md). The CDK is handed this by function.ts; what measures or checks bundles makes
 * its own of the same.
 */
export const BUNDLE_OPTIONS = {
  format: 'cjs',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  keepNames: true,
} as const
