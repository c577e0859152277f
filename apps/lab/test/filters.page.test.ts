// The view Filters as a new visitor walks it: drawn pictures, files good and bad, the camera, an own kernel.

import { readFile } from 'node:fs/promises'
import { correlate, tensor } from 'convoke'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { samplePicture } from '../src/pictures/samples.ts'
import { canOpenPages, labInBrowser, walker } from './lab.ts'
import { png } from './png.ts'

describe.runIf(canOpenPages())('Filters', () => {
  const here = labInBrowser('--use-fake-device-for-media-stream')

  const walk = walker(here, '.facts li')

  const numbers = (page: Page, name: string): Promise<string[]> =>
    page.locator(`[data-name="${name}"] > span`).allTextContents()

  test('shows a pixel’s window, kernel, products and sum as the library has them', () =>
    walk('filters?sample=shapes&chain=sobel-x&pixel=90,195', async (page) => {
      const { width, data } = samplePicture('shapes')
      const window = [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((x) => data[4 * ((90 + y) * width + 195 + x)]))
      const sum = correlate(tensor(window, { shape: [3, 3] }), [
        [-1, 0, 1],
        [-2, 0, 2],
        [-1, 0, 1],
      ]).item()
      await page.waitForSelector('.probe-sum')
      expect(await numbers(page, 'window')).toEqual(window.map(String))
      expect(await numbers(page, 'kernel')).toEqual(['−1', '0', '1', '−2', '0', '2', '−1', '0', '1'])
      expect(sum).not.toBe(0)
      expect(await page.locator('.probe-sum').textContent()).toBe(
        `Sum of the products: ${String(sum).replace('-', '−')}`,
      )
      // On the canvas, zero is middle grey: the sum's sign shows.
      const shown = await page
        .locator('canvas.after')
        .evaluate((canvas: HTMLCanvasElement) => canvas.getContext('2d')!.getImageData(195, 90, 1, 1).data[0])
      expect(Math.sign(shown - 128)).toBe(Math.sign(sum))
    }))

  test('moves to the pixel that is clicked and by arrows, wipes, and keeps it all in the address', () =>
    walk('filters', async (page) => {
      const box = page.locator('.picture-box')
      const { width, height } = (await box.boundingBox())!
      await box.click({ position: { x: (100.5 * width) / 384, y: (50.5 * height) / 256 } })
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('Shift+ArrowDown')
      expect(await page.locator('.probe .note').textContent()).toBe('Row 60, column 101')
      await page.getByRole('slider', { name: 'Before and after' }).fill('20')
      await page.waitForFunction(() => location.hash.includes('pixel=60%2C101') && location.hash.includes('wipe=0.20'))
    }))

  test('chains filters with their parameters, and takes them away', () =>
    walk('filters', async (page) => {
      await page.getByRole('button', { name: 'Add a filter' }).click()
      await page.getByLabel('Filter 2').selectOption('gaussian')
      await page.getByLabel('sigma: 1', { exact: true }).fill('3')
      await page.waitForFunction(() => location.hash.includes('gaussian%3A3'))
      await page.getByRole('button', { name: 'Remove sobel-x' }).click()
      await page.getByRole('button', { name: 'Remove gaussian' }).click()
      await page.getByText('No filter: the picture as it is.').first().waitFor()
      // Values of the drawn scene as they are.
      await page.waitForFunction(() => document.querySelector('.facts')?.textContent?.includes('0 is black, 255 white'))
    }))

  test('paints an own kernel by pointer and by keyboard, up to 31 a side', () =>
    walk('filters?chain=own', async (page) => {
      await page.getByLabel('Value to paint').fill('-3')
      await page.getByRole('button', { name: 'row 1, column 1: 0' }).click()
      await page.waitForFunction(() => location.hash.includes('own=-3'))
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('Space')
      expect(await page.locator('.paint button').first().textContent()).toBe('−3')
      await page.getByRole('button', { name: 'row 1, column 2: −3' }).waitFor()
      await page.getByText('The numbers add up to −4.').waitFor()
      await page.getByLabel(/^Size: /).fill('31')
      await page.waitForFunction(() => document.querySelectorAll('.paint button').length === 961)
      await page.getByText('The kernel has 961 numbers').waitFor()
    }))

  test('leads through the view in five steps', () =>
    walk('filters', async (page) => {
      await page.getByRole('button', { name: 'Show me around' }).click()
      const tour = page.getByRole('region', { name: 'Show me around' })
      for (let step = 1; step < 5; step++) await tour.getByRole('button', { name: 'Next' }).click()
      expect(await tour.textContent()).toContain('Step 5 of 5')
      await page.locator('.paint').waitFor()
    }))

  const own = { name: 'own.png', mimeType: 'image/png', buffer: png(60, 40) }
  const shownWidth = (page: Page, width: number): Promise<unknown> =>
    page.waitForFunction((wanted) => document.querySelector<HTMLCanvasElement>('canvas.after')?.width === wanted, width)

  test('opens a picture of one’s own, keeps it over a reload and beside the drawn ones, and removes it', () =>
    walk('filters?chain=', async (page) => {
      await page.locator('input[type="file"]').setInputFiles(own)
      await page.getByText('Your picture, 60 × 40.').waitFor()
      await shownWidth(page, 60)
      const corner = await page
        .locator('canvas.after')
        .evaluate((canvas: HTMLCanvasElement) => [...canvas.getContext('2d')!.getImageData(0, 0, 2, 1).data])
      expect(corner).toEqual([0, 0, 0, 255, 255, 255, 255, 255])
      await page.waitForFunction(() => location.hash.includes('sample=own'))
      await page.getByLabel('Which picture').selectOption('rings')
      await shownWidth(page, 320)
      await page.getByLabel('Which picture').selectOption({ label: 'Your own' })
      await shownWidth(page, 60)
      await page.waitForFunction(() => location.hash.includes('sample=own'))
      await page.reload()
      await shownWidth(page, 60)
      await page.getByText('so it is here again after a reload').waitFor()
      await page.getByRole('button', { name: 'Remove it' }).click()
      await shownWidth(page, 384)
      // An address with a picture of somebody’s own.
      await page.goto('about:blank')
      await page.goto(`${here.lab.url}#/filters?sample=own`)
      await page.getByRole('status').filter({ hasText: 'that this browser does not have' }).waitFor()
      await shownWidth(page, 384)
    }))

  test('takes a picture that is dropped, and hands out the drawing and the programs', () =>
    walk('filters?chain=box:3&pixel=1,1', async (page) => {
      const bytes = [...png(30, 20)]
      const transfer = await page.evaluateHandle((data) => {
        const dropped = new DataTransfer()
        dropped.items.add(new File([Uint8Array.from(data)], 'own.png', { type: 'image/png' }))
        return dropped
      }, bytes)
      const zone = page.locator('.filters .drop-zone')
      await zone.dispatchEvent('dragover', { dataTransfer: transfer })
      await page.locator('.drop-zone.over').waitFor()
      await zone.dispatchEvent('drop', { dataTransfer: transfer })
      await shownWidth(page, 30)
      expect(await page.locator('.drop-zone.over').count()).toBe(0)
      const save = async (name: string) => {
        const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()])
        return readFile(await file.path())
      }
      const svg = (await save('Save as SVG')).toString()
      expect(svg.match(/data:image\/png;base64,/g)).toHaveLength(2)
      // Eight white pixels and a black one, each over nine.
      expect(svg).toContain('>Sum of the products: 226.67</text>')
      expect(svg).toContain('>box:3</text>')
      expect((await save('Save as PNG')).subarray(1, 4).toString()).toBe('PNG')
      await page.locator('.take-home label', { hasText: 'TensorFlow' }).click()
      expect(await page.locator('[data-program]').textContent()).toContain('tf.nn.conv2d(')
    }))

  test('filters the camera', () =>
    walk('filters', async (page) => {
      await page.context().grantPermissions(['camera'])
      await page.getByRole('button', { name: 'Use the camera' }).click()
      await page.waitForFunction(() => (document.querySelector<HTMLCanvasElement>('canvas.after')?.width ?? 0) === 512)
      await page.getByRole('button', { name: 'Stop the camera' }).click()
    }))
})
