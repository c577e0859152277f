// Bundles for pages, opened in Chromium, and bundles for Node.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { askPage, chromium, here, isolated, must } from '../host.js'

const html = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Convoke</title>'

/** A module of the tools' folder, as an app there would get it. */
const tool = (tools, name) => createRequire(join(tools, 'package.json'))(name)

/** A new folder below the tools, with the programs. */
export function appFolder(tools, name) {
  const folder = join(tools, 'apps', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  cpSync(here('apps'), folder, { recursive: true, filter: (path) => !path.includes('next') })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  return folder
}

/** A bundler of webpack's kind. */
async function pack(bundler, options) {
  const stats = await new Promise((resolve, reject) =>
    bundler({ mode: 'production', ...options }, (error, done) => (error ? reject(error) : resolve(done))),
  )
  if (stats.hasErrors()) throw new Error(stats.toString('errors-only'))
  // A bundle that is larger than what webpack advises is no fault of the code.
  const warnings = stats
    .toJson({ all: false, warnings: true })
    .warnings.filter(({ message }) => !/size limit|performance/i.test(message))
  if (warnings.length > 0) throw new Error(`warns: ${warnings.map(({ message }) => message).join('; ')}`)
}

const packed = (bundler, folder, target) =>
  pack(bundler, {
    ...{ context: folder, target: target === 'page' ? ['web', 'es2022'] : 'node20' },
    entry: target === 'page' ? './page.js' : './run.mjs',
    output: { path: join(folder, 'site'), filename: target === 'page' ? 'page.js' : 'run.cjs', library: undefined },
  })

async function byVite({ tools, folder, target }) {
  const { build } = await import(new URL(`file://${tools}/node_modules/vite/dist/node/index.js`))
  writeFileSync(join(folder, 'index.html'), `${html}<script type="module" src="/page.js"></script>\n`)
  await build({
    ...{ root: folder, configFile: false, logLevel: 'error' },
    ...(target === 'page'
      ? { build: { outDir: 'site' } }
      : { ssr: { noExternal: true }, build: { outDir: 'site', ssr: 'run.mjs' } }),
  })
}

async function byEsbuild({ tools, folder, target }) {
  const { warnings } = await tool(tools, 'esbuild').build({
    ...{ absWorkingDir: folder, bundle: true, minify: true, format: 'esm', target: 'es2022', logLevel: 'silent' },
    ...(target === 'page'
      ? { entryPoints: ['page.js'], outdir: 'site', platform: 'browser', splitting: true }
      : { entryPoints: ['run.mjs'], outfile: 'site/run.mjs', platform: 'node' }),
  })
  if (warnings.length > 0) throw new Error(`warns: ${warnings.map(({ text }) => text).join('; ')}`)
}

const bundlers = {
  Vite: byVite,
  webpack: ({ tools, folder, target }) => packed(tool(tools, 'webpack'), folder, target),
  rspack: ({ tools, folder, target }) => packed(tool(tools, '@rspack/core').rspack, folder, target),
  esbuild: byEsbuild,
}

/** Throws where koffi, whose binaries no bundler can take, came along. */
export function holdsNoKoffi(folder) {
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (path.endsWith('.node')) throw new Error(`the bundle has the binary ${path}`)
    if (/\.[cm]?js$/.test(path) && /koffi\.node|cnoke/.test(readFileSync(join(folder, path), 'utf8')))
      throw new Error(`koffi is in the bundle: ${path}`)
  }
}

const noChromium = () =>
  chromium() === undefined ? 'there is no Chromium (apt-get install chromium, or CHROMIUM)' : undefined

async function pageOf(by, tools, name) {
  const folder = appFolder(tools, name)
  await by({ tools, folder, target: 'page' })
  const site = join(folder, 'site')
  holdsNoKoffi(site)
  if (!readdirSync(site).includes('index.html'))
    writeFileSync(join(site, 'index.html'), `${html}<script type="module" src="page.js"></script>\n`)
  return site
}

const forPages = Object.entries(bundlers).map(([name, by]) => ({
  name: `${name}, page`,
  backend: 'wasm',
  unavailable: noChromium,
  run: async ({ tools }) => {
    const site = await pageOf(by, tools, `${name}-page`)
    const answer = await askPage(tools, site, isolated)
    if (/ 1 thread/.test(answer.backends.find(({ name }) => name === 'wasm').reason))
      throw new Error(`the isolated page has no threads: ${JSON.stringify(answer.backends)}`)
    return answer
  },
}))

const forNode = Object.entries(bundlers).map(([name, by]) => ({
  name: `${name}, bundle for Node`,
  backend: 'native',
  run: async ({ tools }) => {
    const folder = appFolder(tools, `${name}-node`)
    await by({ tools, folder, target: 'node' })
    const site = join(folder, 'site')
    holdsNoKoffi(site)
    const file = ['run.mjs', 'run.js', 'run.cjs'].find((one) => readdirSync(site).includes(one))
    return JSON.parse((await must(process.execPath, [join(site, file)], { cwd: folder })).stdout)
  },
}))

/** What a page's policy leaves, and what the reason says. */
const policies = [
  ["script-src 'self'", "default-src 'self'; script-src 'self'", 'reference', /compiling WebAssembly is refused here/],
  [
    "script-src 'self' 'wasm-unsafe-eval'",
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:; img-src data:",
    'wasm',
  ],
]

const strictPages = policies.map(([name, policy, backend, reason]) => ({
  name: `page under ${name}`,
  ...{ backend, reason },
  unavailable: noChromium,
  run: async ({ tools }) => {
    const site = await pageOf(byEsbuild, tools, 'policy')
    return askPage(tools, site, { ...isolated, 'content-security-policy': policy })
  },
}))

export const bundles = [...forPages, ...forNode, ...strictPages]
