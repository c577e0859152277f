// Puts the library's two hundred modules into a few files a platform: loading them one by one would take most of the time
// from the start of a process to its first result.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const library = (path) => fileURLToPath(new URL(`../packages/convoke/${path}`, import.meta.url))

/** The licences of the packages whose code is in a bundle, which they ask to travel with it. */
function licencesOf({ inputs }) {
  const packages = Object.keys(inputs).flatMap(
    (path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  )
  return [...new Set(packages)].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one))
    return `${name} ${version}\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`
  })
}

for (const platform of ['node', 'browser']) {
  // Chunks are named by their content: those of an earlier build would stay.
  rmSync(library(`dist/for-${platform}`), { recursive: true, force: true })
  const { metafile } = await build({
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
    metafile: true,
  })
  writeFileSync(library(`dist/for-${platform}/THIRD-PARTY.txt`), licencesOf(metafile).join('\n'))
}
