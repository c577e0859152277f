// Puts the library's two hundred modules into a few files a platform: loading them one by one would take most of the time
// from the start of a process to its first result.

import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const library = (path) => fileURLToPath(new URL(`../packages/convoke/${path}`, import.meta.url))

for (const platform of ['node', 'browser']) {
  // Chunks are named by their content: those of an earlier build would stay.
  rmSync(library(`dist/for-${platform}`), { recursive: true, force: true })
  await build({
    entryPoints: {
      index: library('src/index.ts'),
      shapes: library('src/shapes/index.ts'),
      ...(platform === 'node' && { node: library('src/node/index.ts') }),
    },
    outdir: library(`dist/for-${platform}`),
    alias: { '#platform': library(`src/backends/cpu/runtime/platform/${platform}.ts`) },
    external: ['koffi', 'sharp', 'node:*'],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform,
    target: 'es2022',
    logLevel: 'warning',
  })
}
