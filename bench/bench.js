#!/usr/bin/env node
// Makes the benchmark ready (its peers on first use, its own sources every time) and starts it.

import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

const installed = here('node_modules/.package-lock.json')
const wanted = here('package-lock.json')
// The command is compared with what comes with it, and with what Python has; pictures with OpenCV, recurrent layers with PyTorch.
const needsPeers = ![
  '--against',
  '--apply',
  '--defaults',
  '--fft',
  '--help',
  '--mpi',
  '--pictures',
  '--recurrent',
  '--scale',
].some((option) => process.argv.includes(option))
if (needsPeers && (!existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs)) {
  console.error('bench: installing the engines to compare with into bench/node_modules (half a gigabyte, once)')
  const command = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { status } = spawnSync(command, ['ci', '--no-fund', '--no-audit'], {
    cwd: here('.'),
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) console.error('bench: that failed; going on without them')
}

// Packages stay outside the bundle, but for one module of TF.js that Node cannot load as it is published: ES module
// syntax in a package that does not say so.
const packagesOutside = {
  name: 'packages-outside',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.endsWith('/register_all_gradients.js') ? undefined : { path, external: true },
    ),
}

await build({
  entryPoints: {
    main: here('src/main.ts'),
    ...(needsPeers && {
      pass: here('src/pass.ts'),
      'startup-probe': here('src/startup-probe.ts'),
      'train-step': here('src/train-step/process.ts'),
      'whole-network': here('src/whole-networks/process.ts'),
    }),
  },
  outdir: here('dist'),
  bundle: true,
  plugins: [packagesOutside],
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'error',
})
const { main } = await import(new URL('dist/main.js', import.meta.url).href)
process.exitCode = await main(process.argv.slice(2))
