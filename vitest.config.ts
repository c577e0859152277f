import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`packages/convoke/src/${path}`, import.meta.url))

// Unit tests run on the sources; tests of the command run the built `convoke`, as a user would.
export default defineConfig({
  resolve: {
    alias: [
      { find: /^convoke$/, replacement: source('index.ts') },
      { find: '#platform', replacement: source('backends/cpu/runtime/platform/node.ts') },
      {
        find: 'convoke-workbench',
        replacement: fileURLToPath(new URL('packages/workbench/src/index.ts', import.meta.url)),
      },
      { find: /^convoke\/(\w+)$/, replacement: source('$1/index.ts') },
    ],
  },
  test: {
    include: [
      'packages/**/*.test.ts',
      'apps/**/*.test.ts',
      'examples/**/*.test.ts',
      'docs/**/*.test.ts',
      'bench/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    // The site is tested by `npm run site:test`, which builds it.
    exclude: ['**/node_modules/**', '**/dist/**', 'apps/site/test/**'],
    testTimeout: 60_000,
    // Many tests wait for processes they started, so that two files go side by side on two cores as well.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    setupFiles: ['./tools/test-setup.ts'],
    reporters: ['default', './tools/plain-summary.ts'],
  },
})
