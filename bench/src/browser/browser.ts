// One pass inside Chromium: bundles the page, serves it, runs it headless.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { PassOptions, PassResult } from '../run-pass.ts'
import { serve } from './serve.ts'

// This file runs from bench/dist/main.js.
const bench = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export const chromiumAdvice = 'Install one (Debian: apt-get install chromium) or set CHROMIUM to its path'

/** Where Chromium is: `CHROMIUM`, or where distributions put it; undefined where there is none. */
export function findChromium(): string | undefined {
  const given = process.env['CHROMIUM']
  return (given === undefined ? candidates : [given]).find((path) => existsSync(path))
}

async function bundlePage(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: [bench('src/browser/page.ts')],
    outfile: join(folder, 'page.js'),
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    // A lineup for pages never opens it.
    external: ['onnxruntime-node'],
    logLevel: 'error',
  })
  const head = '<meta charset="utf-8"><link rel="icon" href="data:,"><title>Convoke bench</title>'
  const script = '<script type="module" src="page.js"></script>'
  writeFileSync(join(folder, 'index.html'), `<!doctype html>${head}${script}`)
}

/** Measures one pass in a fresh browser. */
export async function measureInBrowser(
  executablePath: string,
  options: PassOptions,
  say: (message: string) => void,
): Promise<PassResult & { environment: string }> {
  const { chromium } = await import('playwright-core')
  const folder = bench('dist/page')
  await bundlePage(folder)
  const site = await serve({
    '/page/': folder,
    '/onnxruntime-web/': bench('node_modules/onnxruntime-web/dist'),
    '/tfjs/': bench('node_modules/@tensorflow/tfjs-backend-wasm/dist'),
  })
  const browser = await chromium.launch({
    ...{ executablePath, headless: true },
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  try {
    const page = await browser.newPage()
    page.on('console', (message) => say(message.text()))
    page.on('pageerror', (error) => say(error.message))
    await page.goto(`${site.url}/page/index.html`)
    await page.waitForFunction('globalThis.runBenchmark !== undefined')
    const binaries = { onnxWeb: `${site.url}/onnxruntime-web/`, tfjs: `${site.url}/tfjs/` }
    const result = await page.evaluate(
      (settings) => {
        if (globalThis.runBenchmark === undefined) throw new Error('the page has not loaded')
        return globalThis.runBenchmark(settings)
      },
      { ...options, binaries },
    )
    return { ...result, environment: `chromium ${browser.version().split('.')[0]}` }
  } finally {
    await browser.close()
    site.close()
  }
}
