import { defineConfig } from 'vitest/config'

/** From an empty account to the first alert, on an emulator: each test goes on where the one before it ended. */
export default defineConfig({
  test: {
    include: ['test/deploy/**/*.test.ts'],
    bail: 1,
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 420_000,
  },
})
