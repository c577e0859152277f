// What is published beside what tsc makes of each file. Node gets the library's two hundred modules, and the command's, in a few files:
// loading them one by one would take most of the time from the start of a process to its first result; so do pages without a bundler.
// Bundlers get the modules as they are, of which they take those that are used, and beside them the packages that these import.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { filesIn, reachableFiles } from './package-files.js'

const library = (path) => fileURLToPath(new URL(`../packages/convoke/${path}`, import.meta.url))
const tool = (path) => fileURLToPath(new URL(path, import.meta.url))
const command = (path) => fileURLToPath(new URL(`../packages/cli/${path}`, import.meta.url))

/** Packages whose code travels with ours. */
const bundled = ['valibot', '@bufbuild/protobuf/wire', 'fflate/browser']

/** The licences of the packages whose code is in a bundle, which they ask to travel with it. Those that come without its text have it in `licences`. */
function licencesOf({ inputs }) {
  const packages = Object.keys(inputs).flatMap(
    (path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  )
  return [...new Set(packages)].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
    const own = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one))
    const file = own === undefined ? tool(`licences/${name.replace('/', '+')}.txt`) : `${folder}/${own}`
    return `${name} ${version}\n\n${readFileSync(file, 'utf8').trim()}\n`
  })
}

async function bundle(outdir, options) {
  // Chunks are named by their content: those of an earlier build would stay.
  rmSync(outdir, { recursive: true, force: true })
  const { metafile } = await build({
    outdir,
    ...{ bundle: true, splitting: true, format: 'esm', target: 'es2022', logLevel: 'warning', metafile: true },
    ...options,
  })
  const licences = licencesOf(metafile)
  if (licences.length > 0) writeFileSync(`${outdir}/THIRD-PARTY.txt`, licences.join('\n'))
}

/** Doors whose code stands apart, and those that open on a part of `convoke` itself: more files would take longer to load. */
const apart = ['shapes', 'tensor', 'autodiff', 'ops', 'explain', 'graph', 'backends']
const nodeOnly = ['node', 'files', 'mpi', 'scale']
const within = ['nn', 'optim', 'data', 'train', 'models', 'metrics', 'formats']
const entry = (part) => library(`src/${part}/index.ts`)

async function namesIn(part, options) {
  const { metafile } = await build({ ...options, entryPoints: [entry(part)], write: false, outdir: '.' })
  return Object.values(metafile.outputs)[0].exports
}

const on = (platform) => ({
  alias: { '#platform': library(`src/backends/cpu/runtime/platform/${platform}.ts`) },
  external: ['koffi', 'sharp', 'node:*'],
  platform,
})
/** They name the sources, which are published beside. */
const maps = { sourcemap: true, sourcesContent: false }

// Pages take one file, and what it loads later.
await bundle(library('dist/for-browser'), {
  entryPoints: { index: library('src/index.ts') },
  ...maps,
  ...on('browser'),
})

await bundle(library('dist/for-node'), {
  entryPoints: {
    index: library('src/index.ts'),
    ...Object.fromEntries([...apart, ...nodeOnly].map((part) => [part, entry(part)])),
  },
  ...maps,
  ...on('node'),
})
for (const part of within) {
  const names = await namesIn(part, { bundle: true, format: 'esm', metafile: true, ...on('node') })
  writeFileSync(
    library(`dist/for-node/${part}.js`),
    `import { ${part} } from './index.js'\nexport const { ${names.join(', ')} } = ${part}\n`,
  )
}

// For what loads CommonJS alone, as Jest does before Node 24.9: one file, so that all doors open on the same library, of which
// each is run when it is first asked for. Node itself and bundlers take the modules above (`module-sync` and `module` of package.json).
const doors = ['index', ...apart, ...within, ...nodeOnly]
const opening = (name) => `get ${name}() { return require('./${name === 'index' ? '' : `${name}/`}index.ts') }`
await bundle(library('dist/for-commonjs'), {
  stdin: { contents: `module.exports = { ${doors.map(opening)} }`, resolveDir: library('src'), sourcefile: 'all.cjs' },
  ...on('node'),
  ...{ splitting: false, format: 'cjs', entryNames: 'all', outExtension: { '.js': '.cjs' } },
  // Jest refuses `import()` in what is CommonJS.
  supported: { 'dynamic-import': false },
  banner: { js: `const ownUrl = require('node:url').pathToFileURL(__filename).href` },
  define: { 'import.meta.url': 'ownUrl' },
})
for (const name of doors)
  writeFileSync(library(`dist/for-commonjs/${name}.cjs`), `module.exports = require('./all.cjs').${name}\n`)

// What networks that stand alone carry along: one script, put before their own module.
await bundle(library('dist/standalone'), {
  entryPoints: { engine: library('src/compile/standalone/runtime.ts') },
  alias: { '#platform': library('src/backends/cpu/runtime/platform/browser.ts') },
  ...{ platform: 'browser', splitting: false, format: 'iife', globalName: 'engine', minify: true },
})

await bundle(library('dist/vendor'), {
  entryPoints: Object.fromEntries(bundled.map((name) => [name, fileURLToPath(import.meta.resolve(name))])),
  platform: 'browser',
})

await bundle(command('dist/for-node'), {
  entryPoints: { main: command('src/main.ts'), preparing: command('src/training/preparing.ts') },
  // Private, so it travels with the command.
  alias: { 'convoke-workbench': fileURLToPath(new URL('../packages/workbench/src/index.ts', import.meta.url)) },
  packages: 'external',
  platform: 'node',
  ...maps,
})

/**
 * tsc has every `import()` of something computed ask a helper whether that is a relative path to TypeScript, which none
 * is. The notes to bundlers beside it would go unheard.
 */
const withoutRewriting = (text) =>
  text
    .replace(/^var __rewriteRelativeImportExtension = [\s\S]*?^};\n/m, '')
    .replace(/\b__rewriteRelativeImportExtension\(\s*((?:\/\*[^*]*\*\/\s*)*\w+(?:\(\))?)\)/g, '$1')

/** Modules that import a bundled package take it from beside them. */
for (const path of readdirSync(library('dist'), { recursive: true, encoding: 'utf8' })) {
  if (
    !path.endsWith('.js') ||
    ['for-node', 'for-browser', 'for-commonjs', 'standalone', 'vendor'].includes(path.split(sep)[0])
  )
    continue
  const file = library(`dist/${path}`)
  const before = readFileSync(file, 'utf8')
  const toRoot = relative(dirname(path), '').replaceAll(sep, '/') || '.'
  const after = withoutRewriting(
    bundled.reduce((text, name) => text.replaceAll(`from '${name}'`, `from '${toRoot}/vendor/${name}.js'`), before),
  )
  if (after !== before) writeFileSync(file, after)
}

// CommonJS has declarations of its own: TypeScript takes those of an ES module for something that only `import()` loads.
const root = library('')
for (const path of reachableFiles(root)) {
  if (!/^dist\/.*\.d\.ts$/.test(path)) continue
  const file = library(`dist/for-commonjs/types/${path.replace(/^dist\/(.*)\.d\.ts$/, '$1.d.cts')}`)
  mkdirSync(dirname(file), { recursive: true })
  const text = readFileSync(library(path), 'utf8')
  writeFileSync(file, text.replace(/(['"])(\.\.?\/[^'"]+?)(?:\.d)?\.[jt]s\1/g, '$1$2.cjs$1'))
}

// What nothing leads to stays out of the package: modules that are in bundles alone, and what an earlier build left.
const reachable = reachableFiles(root)
const left = filesIn(library('dist')).filter(
  (path) => !reachable.has(`dist/${path}`) && !path.endsWith('THIRD-PARTY.txt'),
)
writeFileSync(library('dist/.npmignore'), left.map((path) => `/${path}\n`).join(''))
