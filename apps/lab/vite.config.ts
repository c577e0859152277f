// The lab as static files, in the command's package: `convoke lab` serves them, and so can any static host under any path.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'
import { contentSecurityPolicy } from '../../packages/cli/src/lab/policy.ts'

/** Where no server says so, the page itself does. What only a header can say is left out. */
const policyInPage: Plugin = {
  name: 'policy-in-page',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: {
        'http-equiv': 'Content-Security-Policy',
        content: contentSecurityPolicy.replace(/; frame-ancestors [^;]*/, ''),
      },
      injectTo: 'head-prepend',
    },
  ],
}

/** The formula sheet of docs/ beside the page, as text that every browser shows. */
const formulaSheet: Plugin = {
  name: 'formula-sheet',
  apply: 'build',
  generateBundle() {
    const source = readFileSync(new URL('../../docs/formulas.md', import.meta.url))
    this.emitFile({ type: 'asset', fileName: 'formulas.txt', source })
  },
}

/** Small modules that most views use: files of their own would compress worse and ask more of the server. */
const shared =
  /\/src\/(ui\/(fields|icons|lazy|messages|motion|tint|tour|view-head)|words\/\w+|engine\/(client|index|protocol))\.|\/shapes\/(boundary|error|extremes|padding)\.js$/

/** What every view takes home with: loaded with the part below the first screen that needs it, as one file. */
const takeHome = /\/src\/(ui\/(files|pixels|svg|take-home)|code\/python)\./

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [policyInPage, formulaSheet],
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  worker: { format: 'es' },
  build: {
    outDir: fileURLToPath(new URL('../../packages/cli/dist/lab', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The policy allows no inline scripts or styles, and a worker that is a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      output: {
        manualChunks: (id) => (shared.test(id) ? 'shared' : takeHome.test(id) ? 'take-home' : undefined),
        // The first script lists all files, and hashes do not compress.
        ...{ chunkFileNames: 'assets/[name]-[hash:7].js', assetFileNames: 'assets/[name]-[hash:7][extname]' },
      },
    },
  },
})
