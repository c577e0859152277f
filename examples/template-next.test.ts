// The template for Next.js, as whoever copies it would install, build and start it.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { atRoot, browserPath, install, packInto, run, withServer } from '../tools/packed-project.ts'

const packed = mkdtempSync(join(tmpdir(), 'packed-'))
const folder = mkdtempSync(join(tmpdir(), 'template-next-'))
afterAll(() => {
  for (const made of [packed, folder]) rmSync(made, { recursive: true, force: true })
}, 600_000)

const next = 'node_modules/next/dist/bin/next'

/** Why there is nothing to try, if so. */
let stopped: string | undefined

beforeAll(async () => {
  cpSync(atRoot('examples/templates/next'), folder, { recursive: true })
  const settings = readFileSync(join(folder, 'tsconfig.json'), 'utf8')
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const [library] = (await packInto(packed)).convoke
  manifest.dependencies.convoke = `file:${library}`
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  stopped = await install(folder)
  if (stopped !== undefined) return
  // Checks the types as well.
  const built = await run(process.execPath, [next, 'build'], { cwd: folder, timeout: 600_000 })
  expect(built.code, `${built.stdout}\n${built.stderr}`).toBe(0)
  expect(readFileSync(join(folder, 'tsconfig.json'), 'utf8'), 'the settings that Next.js asks for').toBe(settings)
}, 1_200_000)

/** A square of 40×40 pixels, its right half white. */
const halves = async (): Promise<Buffer> => {
  const white = { create: { width: 20, height: 40, channels: 3, background: 'white' } } as const
  const black = { create: { width: 40, height: 40, channels: 3, background: 'black' } } as const
  const input = await sharp(white).png().toBuffer()
  return sharp(black)
    .composite([{ input, left: 20, top: 0 }])
    .png()
    .toBuffer()
}

/** Reds of the row in the middle. */
const middleRow = async (png: Uint8Array): Promise<number[]> => {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true })
  return [...data.subarray(20 * info.width * info.channels).filter((_, i) => i % info.channels === 0)].slice(0, 40)
}

// Sobel's kernel gives 4 on both sides of a step from 0 to 1, which is white.
const edge = Array.from({ length: 40 }, (_, x) => (x === 19 || x === 20 ? 255 : 0))

it('answers with the edges of a picture, and says so when it gets none', async ({ skip }) => {
  skip(stopped !== undefined, stopped)
  await withServer(folder, [next, 'start'], async (url) => {
    const ask = (body: BodyInit) => fetch(`${url}/api/edges`, { method: 'POST', body })
    const answer = await ask(new Uint8Array(await halves()))
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(answer.headers.get('x-backend')).toMatch(/native|wasm/)
    expect(await middleRow(new Uint8Array(await answer.arrayBuffer()))).toEqual(edge)
    const refused = await ask('not a picture')
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('not a picture')])
  })
}, 600_000)

it('shows the edges that the page computes beside those of the server', async ({ skip }) => {
  skip(stopped !== undefined, stopped)
  skip(browserPath === undefined, 'there is no Chromium (apt-get install chromium, or set CHROMIUM)')
  await withServer(folder, [next, 'start'], async (url) => {
    const browser = await chromium.launch({
      executablePath: browserPath!,
      headless: true,
      args: ['--no-sandbox', '--disable-gpu'],
    })
    try {
      const page = await browser.newPage()
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(error.message))
      await page.goto(url, { waitUntil: 'networkidle' })
      const picture = { name: 'halves.png', mimeType: 'image/png', buffer: await halves() }
      await page.locator('input').setInputFiles(picture)
      await page.waitForFunction('document.querySelector("img")?.complete')
      const row = await page.evaluate<number[], null>(
        `[...document.querySelector('canvas').getContext('2d').getImageData(0, 20, 40, 1).data].filter((_, i) => i % 4 === 0)` as never,
        null,
      )
      expect(row).toEqual(edge)
      expect(await page.locator('[role=status]').innerText()).toMatch(
        /^in the page: wasm; on the server: (native|wasm)$/,
      )
      expect(await page.evaluate<boolean, null>('crossOriginIsolated' as never, null)).toBe(true)
      expect(problems).toEqual([])
    } finally {
      await browser.close()
    }
  })
}, 600_000)
