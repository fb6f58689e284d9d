import { defineConfig } from 'vitest/config'

/** The suites on real engines; each file starts its own, so that files may run side by side. */
export default defineConfig({
  test: {
    include: ['test/integration/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
})
