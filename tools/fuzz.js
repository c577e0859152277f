#!/usr/bin/env node
// Bundles the fuzzer from the library's sources and starts it.

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const engine = '../packages/convoke/src/backends/cpu'

await build({
  entryPoints: { fuzz: at(`${engine}/testing/fuzz/main.ts`) },
  outdir: at('dist'),
  alias: { '#platform': at(`${engine}/runtime/platform/node.ts`) },
  external: ['koffi', 'node:*'],
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'error',
})
const { main } = await import(new URL('dist/fuzz.js', import.meta.url).href)
process.exitCode = await main(process.argv.slice(2))
