import { defineConfig } from 'vitest/config'

const notHere = ['test/integration/**', 'test/deploy/**']

export default defineConfig({
  test: {
    // Left to itself vitest keeps a core free, which on two cores is half of the machine.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'], exclude: [...notHere, 'test/infra/**'] } },
      // These mock nothing and share nothing that they change: loading the CDK once a worker, not once a file, is half their time.
      { extends: true, test: { name: 'infra', include: ['test/infra/**/*.test.ts'], isolate: false } },
    ],
  },
})
