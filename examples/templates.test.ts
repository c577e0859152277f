// The templates are what a project begins with: each is checked, built and run as whoever copies it would.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as bundle } from 'esbuild'
import { chromium } from 'playwright-core'
import sharp from 'sharp'
import { build } from 'vite'
import { afterAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const template = (name: string): string => join(root, 'examples', 'templates', name)
const out = mkdtempSync(join(tmpdir(), 'templates-'))
afterAll(() => rmSync(out, { recursive: true, force: true }))

const typesOf = (name: string): string => {
  try {
    return execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', template(name)], {
      encoding: 'utf8',
    })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

const built = existsSync(join(root, 'packages/convoke/dist/index.d.ts'))

it.skipIf(!built).each(['node', 'vite'])('%s has no errors of types', (name) => expect(typesOf(name)).toBe(''))

describe.skipIf(!built)('the program for Node', () => {
  const folder = join(out, 'node')
  const picture = (red: number): Promise<Buffer> =>
    sharp({ create: { width: 40, height: 40, channels: 3, background: { r: red, g: 100, b: 100 } } })
      .png()
      .toBuffer()

  it('learns from a folder, and says what a picture shows', async () => {
    for (const part of ['train', 'test'])
      for (const [name, red] of [
        ['pale', 60],
        ['red', 220],
      ] as const) {
        mkdirSync(join(folder, 'pictures', part, name), { recursive: true })
        for (let i = 0; i < 16; i++)
          writeFileSync(join(folder, 'pictures', part, name, `${i}.png`), await picture(red + i))
      }
    writeFileSync(join(folder, 'one.png'), await picture(230))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const program = join(folder, 'train.mjs')
    // As tsx does it, which is not installed here.
    await bundle({
      entryPoints: [join(template('node'), 'train.ts')],
      outfile: program,
      ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm' },
    })
    const said = execFileSync(process.execPath, [program, 'pictures', 'one.png'], { cwd: folder, encoding: 'utf8' })
    expect(said).toContain('pictures to learn from: pale, red')
    expect(said).toContain('epoch 10')
    expect(said).toContain('accuracy: 1')
    expect(said).toContain('one.png: red')
    expect(statSync(join(folder, 'weights.safetensors')).size).toBeGreaterThan(1000)
  }, 120_000)
})

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const kinds: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript' }

const serve = (folder: string): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      const file = join(folder, normalize(pathname === '/' ? '/index.html' : pathname))
      if (!file.startsWith(folder) || !existsSync(file)) response.writeHead(404).end()
      else response.writeHead(200, { 'content-type': kinds[extname(file)] ?? 'text/plain' }).end(readFileSync(file))
    })
    server.listen(0, '127.0.0.1', () => resolve(server))
  })

describe.skipIf(!built || !existsSync(executablePath))('the page of Vite', () => {
  it('is built, and shows the edges of a disc and of a file', async () => {
    const outDir = join(out, 'page')
    const config = join(template('vite'), 'vite.config.js')
    await build({ root: template('vite'), configFile: config, logLevel: 'error', build: { outDir, emptyOutDir: true } })
    const server = await serve(outDir)
    const browser = await chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu'] })
    try {
      const page = await browser.newPage()
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(error.message))
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      await page.waitForFunction('document.querySelector("[role=status]").textContent !== ""')
      const inPage = <T>(code: string): Promise<T> => page.evaluate<T, null>(code as never, null)
      const greyAt = (x: number, y: number): Promise<number> =>
        inPage(`document.querySelector('canvas').getContext('2d').getImageData(${x}, ${y}, 1, 1).data[0]`)
      expect(await inPage('document.querySelector("[role=status]").textContent')).toMatch(/^200×200 on wasm in \d+ ms$/)
      expect(await greyAt(100, 100), 'within the disc').toBe(0)
      expect(await greyAt(20, 20), 'outside').toBe(0)
      // A step from 0 to 1 along x: Sobel's kernel gives 4 there, which is white.
      expect(Math.max(await greyAt(39, 100), await greyAt(40, 100)), 'on its edge').toBeGreaterThan(200)
      await inPage(`(async () => {
        const canvas = new OffscreenCanvas(30, 20)
        const context = canvas.getContext('2d')
        context.fillStyle = 'white'
        context.fillRect(0, 0, 30, 20)
        const chosen = new DataTransfer()
        chosen.items.add(new File([await canvas.convertToBlob()], 'white.png', { type: 'image/png' }))
        const input = document.querySelector('input')
        input.files = chosen.files
        input.dispatchEvent(new Event('change'))
      })()`)
      await page.waitForFunction('document.querySelector("[role=status]").textContent.startsWith("30")')
      expect(await greyAt(15, 10)).toBe(0)
      expect(problems).toEqual([])
    } finally {
      await browser.close()
      server.close()
    }
  }, 120_000)
})
