import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Every end-to-end test runs real child processes; two cores carry few of them at once.
    maxWorkers: 2,
    // Tests of real processes on a shared machine: one that needs a second try is named in the report, to be looked into.
    retry: process.env['CI'] === undefined ? 0 : 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
