import { defineConfig } from 'vitest/config'

// The built site, in a browser: `npm run site:test`.
export default defineConfig({
  root: import.meta.dirname,
  test: { include: ['test/**/*.test.ts'], testTimeout: 240_000, hookTimeout: 120_000, fileParallelism: false },
})
