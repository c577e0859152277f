// Next.js with its default builder, and run-times at the edge.

import { cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium, here, inPage, must, withServer } from '../host.js'
import { appFolder, holdsNoKoffi } from './bundlers.js'

const port = 3717

/** Built once for all that is asked of it. */
let built
const builtApp = (tools) => {
  built ??= (async () => {
    const folder = appFolder(tools, 'next')
    cpSync(here('apps/next'), folder, { recursive: true })
    const next = join(tools, 'node_modules/next/dist/bin/next')
    const options = { cwd: folder, env: { NEXT_TELEMETRY_DISABLED: '1' }, timeout: 900_000 }
    await must(process.execPath, [next, 'build'], options)
    holdsNoKoffi(join(folder, '.next/server'))
    holdsNoKoffi(join(folder, '.next/static'))
    return { folder, next }
  })()
  return built
}

async function askNext(tools, ask) {
  const { folder, next } = await builtApp(tools)
  const url = `http://127.0.0.1:${port}`
  return withServer(process.execPath, [next, 'start', '-p', String(port)], { cwd: folder, url }, () => ask(url))
}

const json = async (url) => {
  const response = await fetch(url)
  const text = await response.text()
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`)
  return JSON.parse(text)
}

/** The text of an element, as the browser has it. */
const inBrowser = (id) => ({
  unavailable: () =>
    chromium() === undefined ? 'there is no Chromium (apt-get install chromium, or CHROMIUM)' : undefined,
  run: ({ tools }) =>
    askNext(tools, async (url) => {
      const element = `document.querySelector('#${id}')`
      return JSON.parse(await inPage(tools, url, `${element}?.textContent`, `${element}.textContent`))
    }),
})

const next = [
  { name: 'Next.js (Turbopack), server component', backend: 'native', ...inBrowser('server') },
  { name: 'Next.js (Turbopack), client component', backend: 'wasm', ...inBrowser('client') },
  {
    name: 'Next.js (Turbopack), route',
    backend: 'native',
    run: ({ tools }) => askNext(tools, (url) => json(`${url}/api/node`)),
  },
  {
    name: 'Next.js (Turbopack), route at the edge',
    run: ({ tools }) => askNext(tools, (url) => json(`${url}/api/edge`)),
  },
]

async function bundled(tools, entry, options) {
  const folder = appFolder(tools, entry)
  const { build } = createRequire(join(tools, 'package.json'))('esbuild')
  const { outputFiles } = await build({
    ...{
      absWorkingDir: folder,
      entryPoints: [entry],
      bundle: true,
      write: false,
      target: 'es2022',
      logLevel: 'silent',
    },
    ...options,
  })
  rmSync(folder, { recursive: true, force: true })
  return outputFiles[0].text
}

const edge = [
  {
    name: 'workerd (Miniflare)',
    backend: 'reference',
    reason: /WebAssembly/,
    run: async ({ tools }) => {
      const script = await bundled(tools, 'fetch.js', { format: 'esm', conditions: ['workerd', 'worker', 'browser'] })
      const { Miniflare } = createRequire(join(tools, 'package.json'))('miniflare')
      const worker = new Miniflare({
        modules: [{ type: 'ESModule', path: 'worker.js', contents: script }],
        compatibilityDate: '2026-01-01',
      })
      try {
        return await (await worker.dispatchFetch('http://localhost/')).json()
      } finally {
        await worker.dispose()
      }
    },
  },
  {
    name: 'edge-runtime',
    run: async ({ tools }) => {
      const initialCode = await bundled(tools, 'listen.js', { format: 'iife', conditions: ['edge-light', 'browser'] })
      const { EdgeRuntime } = createRequire(join(tools, 'package.json'))('edge-runtime')
      return (await new EdgeRuntime({ initialCode }).dispatchFetch('http://localhost/')).json()
    },
  },
]

export const servers = [...next, ...edge]
