// The view Segment as a new visitor walks it: masks come into focus, skips on and off side by side, pixels, maps, an own picture, and
// what is taken home.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { data, models, nn } from 'convoke'
import { unzipSync } from 'fflate'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { canOpenPages, labInBrowser, walker } from './lab.ts'

const command = fileURLToPath(new URL('../../../packages/cli/bin/convoke.js', import.meta.url))

/** Learns in a few seconds. */
const quick = 'examples=100&depth=2&width=4'

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

const figure = (page: Page, name: string): Promise<string[]> =>
  page.locator(`.figures [data-figure="${name}"] td`).allTextContents()

/** Waits until every network has taken so many steps. */
const stepped = (page: Page, least: number): Promise<unknown> =>
  page.waitForFunction((steps) => {
    const cells = [...document.querySelectorAll('.figures [data-figure="step"] td')]
    return cells.length > 0 && cells.every((cell) => Number(cell.textContent) >= steps)
  }, least)

/** Waits until the run stands still and its figures are of where it stands: a point of the curve at the last step. */
async function stands(page: Page): Promise<void> {
  await page.waitForSelector('.run-place[data-phase="paused"], .run-place[data-phase="finished"]')
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.figures [data-figure="iou"] td')].every((cell) => cell.textContent !== '–'),
  )
}

describe.runIf(canOpenPages())('Segment', () => {
  const here = labInBrowser()
  const walk = walker(here, '.strip-row')

  test('compares networks with skips and without: the same steps, sharper edges, both taken up after a reload', () =>
    walk(`segment?${quick}&skips=both`, async (page) => {
      await stands(page)
      const options = { classes: 4, channels: 3, width: 4, depth: 2, norm: true }
      for (const [name, skips] of [
        ['cost-with', true],
        ['cost-without', false],
      ] as const) {
        const model = models.UNet({ ...options, skips })
        const numbers = [model.parameterCount(), nn.summary(model, [1, 32, 32, 3]).macs]
        const text = await page.locator(`[data-fact="${name}"]`).innerText()
        for (const number of numbers) expect(text).toContain(number.toLocaleString('en'))
      }
      await button(page, 'One step').click()
      await stepped(page, 1)
      await stands(page)
      expect(await figure(page, 'step')).toEqual(['1', '1'])
      await button(page, 'Go on').click()
      await stepped(page, 90)
      await button(page, 'Pause').click()
      await stands(page)
      const [a, b] = (await figure(page, 'step')).map(Number)
      expect(Math.abs(a - b)).toBeLessThanOrEqual(1)
      const [sharp, blurred] = (await figure(page, 'edges')).map(Number.parseFloat)
      expect(sharp).toBeGreaterThan(blurred)
      await page.locator('.charts canvas').nth(1).waitFor()
      const facts = async () => [await figure(page, 'step'), await figure(page, 'iou'), await figure(page, 'loss')]
      const before = await facts()
      await page.locator('.top nav').getByRole('link', { name: 'Slide' }).click()
      await page.waitForSelector('.output-grid')
      // On the first page the miniature shows this run, and does not take the worker for one of its own.
      await page.locator('.top .mark').click()
      await page.waitForSelector('.segment-miniature canvas')
      await page.locator('.top nav').getByRole('link', { name: 'Segment' }).click()
      await page.waitForSelector('.strip-row')
      expect(await facts()).toEqual(before)
      await page.waitForFunction(() => location.hash.includes('skips=both'))
      await page.reload()
      await page.waitForSelector('.strip-row')
      await stands(page)
      expect(await facts()).toEqual(before)
      // One of the two alone stands where it stood.
      await page.getByText('Off', { exact: true }).click()
      await page.waitForFunction(() => document.querySelectorAll('.figures thead th').length === 2)
      await stands(page)
      expect(await figure(page, 'iou')).toEqual([before[1][1]])
      await button(page, 'Start over').click()
      await page.waitForFunction(() => document.querySelector('.figures [data-figure="step"] td')?.textContent === '0')
      // Beside one that stands where it stood, it is told of a run that is begun, which can be started over.
      await page.getByText('Compare', { exact: true }).click()
      await page.waitForFunction(() => document.querySelectorAll('.figures thead th').length === 3)
      await stands(page)
      expect((await figure(page, 'step'))[1]).toBe('0')
      expect(await page.locator('.run-place').innerText()).toMatch(/^Paused\s+epoch \d+, batch/)
      await button(page, 'Start over').click()
      await page.locator('.run-place').getByText('Not trained yet').waitFor()
      await page.waitForFunction(() =>
        [...document.querySelectorAll('.figures [data-figure="step"] td')].every((cell) => cell.textContent === '0'),
      )
    }))

  test('tells the chances of a pixel that is pointed at, shows the maps of a block, and finds what is painted', () =>
    walk(`segment?${quick}`, async (page) => {
      await stands(page)
      // A held-out picture as the library draws it: the pixel that is pointed at has the class that it says.
      const { mask } = await data.shapesWithMasks({ count: 20, seed: 3, size: 32 }).get(1)
      const place = [...mask.data].findIndex((label, p) => label !== 0 && p > 200)
      const [row, column] = [Math.floor(place / 32), place % 32]
      const picture = page.locator('.strip-row').nth(1).locator('.strip-picture').nth(2)
      await picture.scrollIntoViewIfNeeded()
      const box = (await picture.boundingBox())!
      await page.mouse.move(box.x + ((column + 0.5) / 32) * box.width, box.y + ((row + 0.5) / 32) * box.height)
      const readout = page.locator('.pixel-panel')
      const name = ['ground', 'disc', 'square', 'triangle'][mask.data[place]]
      await readout.getByText(`Picture 2, row ${row + 1}, column ${column + 1}: there is ${name}`).waitFor()
      const chances = (await readout.locator('.chance-number').allTextContents()).map(Number.parseFloat)
      expect(chances).toHaveLength(4)
      expect(Math.abs(chances.reduce((sum, value) => sum + value, 0) - 100)).toBeLessThanOrEqual(2)
      await page.locator('.strip-row').nth(1).focus()
      await page.keyboard.press('ArrowDown')
      await readout.getByText(`row ${row + 2}, column ${column + 1}`).waitFor()
      // Read out: the place and the chances, and while it trains the place alone.
      const live = () => readout.locator('.pixel-chances').getAttribute('aria-live')
      expect(await readout.getByRole('status').textContent()).toMatch(/^Picture 2, row \d+, column \d+: there is \w+$/)
      expect(await live()).toBe('polite')
      await button(page, 'Other pictures').click()
      await readout.getByText('Picture 8,').waitFor()
      // Maps of the lowest level: 8×8, a channel each.
      await page.locator('[data-block="bottom"]').focus()
      await page.keyboard.press('Enter')
      await page.waitForFunction(() => document.querySelector<HTMLCanvasElement>('.map-tiles canvas')?.width === 8)
      expect(await page.locator('.map-tiles canvas').count()).toBe(16)
      await button(page, 'Start').click()
      await stepped(page, 30)
      expect(await live()).toBe('off')
      await button(page, 'Pause').click()
      await stands(page)
      // Nothing but ground on the pad is told as such; a disc set down by the mouse is seen.
      const before = (await page.locator('.paint-found figcaption').textContent()) ?? ''
      await button(page, 'Clear').click()
      await page.locator('.paint-found').waitFor({ state: 'detached' })
      await page.locator('.paint-panel').getByText('Disc', { exact: true }).click()
      await page.locator('.paint-panel .pad').click()
      // What was found of the painting before may still stand there.
      await page.locator('.paint-found figcaption').filter({ hasNotText: before }).waitFor()
      const bright = await page.locator('.paint-found canvas').evaluate((canvas: HTMLCanvasElement) => {
        const { data: pixels } = canvas.getContext('2d')!.getImageData(16, 16, 1, 1)
        return Math.max(...pixels.slice(0, 3))
      })
      expect(bright).toBeGreaterThan(100)
      // By keyboard: the pen goes down where it stands.
      await page.locator('.paint-panel .pad').focus()
      for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowLeft')
      await page.keyboard.press('Space')
      await button(page, 'Undo').click()
      // What was painted is there after a reload.
      await page.reload()
      await page.locator('.paint-found canvas').waitFor()
    }))

  test('gives a run that `convoke evaluate` reads with the same score, ONNX, safetensors, pictures and programs', () =>
    walk(`segment?${quick}&epochs=2`, async (page) => {
      await stands(page)
      await button(page, 'Start').click()
      await page.waitForSelector('.run-place[data-phase="finished"]')
      await stands(page)
      const save = async (name: string | RegExp) => {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.locator('.take').getByRole('button', { name, exact: true }).click(),
        ])
        return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
      }
      const run = await save('Run folder (ZIP)')
      const folder = mkdtempSync(join(tmpdir(), 'convoke-lab-'))
      try {
        for (const [name, bytes] of Object.entries(unzipSync(run.bytes))) writeFileSync(join(folder, name), bytes)
        const env = { ...process.env, CONVOKE_BACKEND: 'wasm' }
        const text = execFileSync(process.execPath, [command, 'evaluate', folder, '--json'], { encoding: 'utf8', env })
        const { figures, classes } = JSON.parse(text) as {
          figures: Record<string, number>
          classes: { figures: Record<string, number> }[]
        }
        const shown = async (name: string): Promise<number> => Number.parseFloat((await figure(page, name))[0])
        const near = async (name: string, value: number): Promise<void> =>
          // Whole per cents, or a decimal near the end.
          expect(Math.abs((await shown(name)) - 100 * value), name).toBeLessThanOrEqual(0.51)
        await near('iou', figures['iou'])
        await near('accuracy', figures['accuracy'])
        for (const [label, name] of ['ground', 'disc', 'square', 'triangle'].entries())
          await near(`iou-${name}`, classes[label].figures['iou'])
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
      expect((await save('ONNX')).bytes.length).toBeGreaterThan(5000)
      expect((await save('safetensors')).name).toBe('network.safetensors')
      expect((await save('Pictures shown (safetensors)')).name).toBe('pictures.safetensors')
      expect((await save('Save as PNG')).bytes.subarray(1, 4).toString()).toBe('PNG')
      expect(await page.locator('[data-program]').textContent()).toContain('epochs: 2,')
      await page.getByText('PyTorch', { exact: true }).click()
      expect(await page.locator('[data-program="pytorch"]').textContent()).toContain('def unet(x):')
      const [svg] = await Promise.all([page.waitForEvent('download'), button(page, 'Save as SVG').click()])
      expect(await readFile(await svg.path(), 'utf8')).toContain('>8×8×16</text>')
      // A run that has done its epochs goes on for ten more.
      await button(page, 'Go on').click()
      await stepped(page, 27)
      await page.waitForFunction(() => location.hash.includes('epochs=12'))
    }))

  test('is Chinese to its colons', () =>
    walk(
      `segment?${quick}`,
      async (page) => {
        await stands(page)
        expect(await page.locator('.paint-found figcaption').textContent()).toMatch(/^预测：(只有背景|.+%)$/)
        const names = await page
          .locator('.segment [aria-label]')
          .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')!))
        expect(names.length).toBeGreaterThan(30)
        expect(names.filter((name) => /: |, /.test(name))).toEqual([])
      },
      { locale: 'zh-CN' },
    ))
})
