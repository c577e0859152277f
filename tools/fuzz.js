#!/usr/bin/env node
// Bundles a fuzzer from the sources and starts it: of the engine, with --files of what is read from disk, with --compile of compiled networks,
// with --mpi-kills of trainings on several ranks. With --model it compares the planner's models of time with measurements instead.

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const library = '../packages/convoke/src'
const engine = `${library}/backends/cpu`
const entry = process.argv.includes('--files')
  ? '../packages/cli/test/fuzz/main.ts'
  : process.argv.includes('--compile')
    ? `${library}/compile/testing/main.ts`
    : process.argv.includes('--mpi-kills')
      ? '../packages/cli/test/kills/main.ts'
      : process.argv.includes('--model')
        ? `${engine}/testing/model/main.ts`
        : `${engine}/testing/fuzz/main.ts`

await build({
  entryPoints: { fuzz: at(entry) },
  outdir: at('dist'),
  alias: {
    '#platform': at(`${engine}/runtime/platform/node.ts`),
    'convoke/graph': at(`${library}/graph/index.ts`),
    'convoke/node': at(`${library}/node/index.ts`),
    'convoke/shapes': at(`${library}/shapes/index.ts`),
    convoke: at(`${library}/index.ts`),
  },
  external: ['koffi', 'sharp', 'tar', 'node:*'],
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'error',
})
const { main } = await import(new URL('dist/fuzz.js', import.meta.url).href)
process.exitCode = await main(process.argv.slice(2))
