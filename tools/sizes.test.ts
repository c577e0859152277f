// What a page loads of the library, minified and compressed, by two bundlers.

import { gzipSync } from 'node:zlib'
import * as esbuild from 'esbuild'
import * as vite from 'vite'
import { expect, it } from 'vitest'

/** What reads models of other tools is loaded when it is asked for: a file of its own, which is not counted. */
const askedFor = /\/graph\/load\.js$/

const target = 'es2022'

async function byEsbuild(code: string): Promise<Uint8Array> {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: code, resolveDir: import.meta.dirname },
    ...{ bundle: true, minify: true, write: false, format: 'esm', platform: 'browser', target },
    plugins: [
      {
        name: 'asked-for',
        setup: ({ onResolve }) => {
          onResolve({ filter: askedFor }, ({ path }) => ({ path, external: true }))
        },
      },
    ],
  })
  return outputFiles[0].contents
}

/** Vite's, as it builds a page's: what is loaded on demand is a file of its own there. */
async function byVite(code: string): Promise<Uint8Array> {
  const entry = 'virtual:entry'
  const built = await vite.build({
    ...{ root: import.meta.dirname, configFile: false, logLevel: 'silent' },
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === entry ? `${import.meta.dirname}/entry.js` : null),
        load: (id) => (id === `${import.meta.dirname}/entry.js` ? code : null),
      },
    ],
    build: {
      ...{ write: false, target, minify: 'esbuild', modulePreload: false },
      rollupOptions: { input: entry, preserveEntrySignatures: 'strict', output: { format: 'es' } },
    },
  })
  const chunks = ([built].flat() as vite.Rollup.RollupOutput[])
    .flatMap(({ output }) => output)
    .filter((chunk) => chunk.type === 'chunk')
  const needed = new Set(chunks.filter(({ isEntry }) => isEntry))
  // Whatever a chunk imports at once comes with it.
  for (const { imports } of needed) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) needed.add(chunk)
  }
  return Buffer.concat([...needed].map(({ code: text }) => Buffer.from(text)))
}

// In KB. What a convolution is made of stands in docs/decisions/0011. Vite cuts everything in two, and has the parts name each export twice.
it.each<[what: string, code: string, byEsbuild: number, byVite?: number]>([
  ['sizes and padding', "export { convOutputSize } from 'convoke/shapes'", 2],
  ['tensors', "export { tensor } from 'convoke'", 26],
  ['a convolution', "export { conv2d, tensor } from 'convoke'", 111],
  ['a network that learns', "export { conv2d, nn, optim, tensor, valueAndGradients } from 'convoke'", 174],
  ['everything', "export * from 'convoke'", 331, 336],
])('%s: no more than is stated', async (what, code, byOne, byOther = byOne) => {
  for (const [bundler, bundleOf, most] of [
    ['esbuild', byEsbuild, byOne],
    ['Vite', byVite, byOther],
  ] as const) {
    const size = gzipSync(await bundleOf(code)).length / 1000
    console.log(`${what}, ${bundler}: ${size.toFixed(1)} KB of ${most}`)
    expect(size, bundler).toBeLessThan(most)
    // Next to nothing would mean that the bundler found nothing.
    expect(size, bundler).toBeGreaterThan(most / 20)
  }
})

it('What is left of the library convolves', async () => {
  const bundle = await byEsbuild("export { conv2d, tensor, useBackend } from 'convoke'")
  const page = await import(`data:text/javascript;base64,${Buffer.from(bundle).toString('base64')}`)
  const picture = page.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], { shape: [1, 3, 3, 1] })
  const filter = page.tensor([1, 0, 0, 1], { shape: [2, 2, 1, 1] })
  for (const backend of ['wasm', 'reference']) {
    await page.useBackend(backend)
    // 1 + 5, 2 + 6, 4 + 8, 5 + 9
    expect([...(await page.conv2d(picture, filter).data())]).toEqual([6, 8, 12, 14])
  }
})
