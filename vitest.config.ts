import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`packages/convoke/src/${path}`, import.meta.url))

/** Budgets of time hold on a machine at rest: their files run last, one at a time, with nothing beside them. */
const budgets = 'apps/lab/test/budgets/*.test.ts'

// The site is tested by `npm run site:test`, which builds it.
const never = ['**/node_modules/**', '**/dist/**', 'apps/site/test/**']

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
    testTimeout: 60_000,
    setupFiles: ['./tools/test-setup.ts'],
    reporters: ['default', './tools/plain-summary.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['packages', 'apps', 'examples', 'docs', 'bench', 'tools'].map((folder) => `${folder}/**/*.test.ts`),
          exclude: [...never, budgets],
          // Many tests wait for processes they started, so that two files go side by side on two cores as well.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'budgets',
          include: [budgets],
          exclude: never,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
