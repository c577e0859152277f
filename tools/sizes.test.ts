// What a page loads of the library, minified and compressed, by the bundler that most others are measured against.

import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'
import { expect, it } from 'vitest'

/** What reads models of other tools is loaded when it is asked for: a file of its own, which is not counted. */
const askedFor: Plugin = {
  name: 'asked-for',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/graph\/load\.js$/ }, ({ path }) => ({ path, external: true }))
  },
}

async function bundleOf(code: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname },
    ...{
      bundle: true,
      minify: true,
      write: false,
      plugins: [askedFor],
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
    },
  })
  return outputFiles[0].contents
}

// In KB. What a convolution is made of stands in docs/decisions/0011.
it.each([
  ['sizes and padding', "export { convOutputSize } from 'convoke/shapes'", 2],
  ['tensors', "export { tensor } from 'convoke'", 26],
  ['a convolution', "export { conv2d, tensor } from 'convoke'", 111],
  ['a network that learns', "export { conv2d, nn, optim, tensor, valueAndGradients } from 'convoke'", 173],
  ['everything', "export * from 'convoke'", 310],
] as const)('%s: no more than is stated', async (what, code, most) => {
  const size = gzipSync(await bundleOf(code)).length / 1000
  console.log(`${what}: ${size.toFixed(1)} KB of ${most}`)
  expect(size).toBeLessThan(most)
  // Next to nothing would mean that the bundler found nothing.
  expect(size).toBeGreaterThan(most / 20)
})

it('What is left of the library convolves', async () => {
  const bundle = await bundleOf("export { conv2d, tensor, useBackend } from 'convoke'")
  const page = await import(`data:text/javascript;base64,${Buffer.from(bundle).toString('base64')}`)
  const picture = page.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], { shape: [1, 3, 3, 1] })
  const filter = page.tensor([1, 0, 0, 1], { shape: [2, 2, 1, 1] })
  for (const backend of ['wasm', 'reference']) {
    await page.useBackend(backend)
    // 1 + 5, 2 + 6, 4 + 8, 5 + 9
    expect([...(await page.conv2d(picture, filter).data())]).toEqual([6, 8, 12, 14])
  }
})
