// The view Train as a new visitor walks it: digits, own drawings and pictures, mistakes, a reload, and what is taken home.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { randomSource } from 'convoke'
import { encodePng } from 'convoke-workbench'
import { unzipSync } from 'fflate'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { Stroke } from '../src/drawing/strokes.ts'
import { drawn, shapes } from '../src/train/testing/shapes.ts'
import { canOpenPages, labInBrowser, type Visit, visit } from './lab.ts'
import { png } from './png.ts'

const command = fileURLToPath(new URL('../../../packages/cli/bin/convoke.js', import.meta.url))

const fact = (page: Page, name: string): Promise<string | null> => page.locator(`[data-fact="${name}"]`).textContent()

const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' })

/** Waits until the run stands still and what it shows was measured there. */
async function stands(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const step = document.querySelector('[data-fact="step"]')?.textContent
    const after = document.querySelector('.confusion .hint')?.textContent ?? ''
    const still = document.querySelector('.standing[data-phase="paused"], .standing[data-phase="finished"]') !== null
    return (
      still &&
      (step === '0' ? after.includes('Before training') : after.includes(`After step ${step?.replace(',', '')}.`))
    )
  })
}

/** Draws on pads with the mouse; its moves are sent one after the other without waiting for each. */
async function drawer(page: Page): Promise<(pad: string, strokes: readonly Stroke[]) => Promise<void>> {
  const client = await page.context().newCDPSession(page)
  return async (pad, strokes) => {
    await page.locator(pad).scrollIntoViewIfNeeded()
    const box = (await page.locator(pad).boundingBox())!
    const sent: Promise<unknown>[] = []
    const send = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', [x, y]: readonly [number, number]): void => {
      const place = { x: box.x + x * box.width, y: box.y + y * box.height }
      const held = { button: 'left', buttons: type === 'mouseReleased' ? 0 : 1, clickCount: 1 } as const
      sent.push(client.send('Input.dispatchMouseEvent', { type, ...place, ...held }))
    }
    for (const stroke of strokes) {
      send('mousePressed', stroke[0])
      for (const point of stroke.slice(1)) send('mouseMoved', point)
      send('mouseReleased', stroke[stroke.length - 1])
    }
    await Promise.all(sent)
    // Moves come to the page with its next frame.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  }
}

/** A red or a blue picture that differs a little from the others. */
const coloured = (index: number, red: boolean): Promise<Uint8Array> => {
  const data = new Uint8Array(40 * 40 * 3)
  for (let i = 0; i < 1600; i++) {
    data[3 * i + (red ? 0 : 2)] = 150 + ((7 * i + 31 * index) % 100)
    data[3 * i + 1] = (5 * i + 17 * index) % 60
  }
  return encodePng({ width: 40, height: 40, channels: 3, data })
}

describe.runIf(canOpenPages())('Train', () => {
  const here = labInBrowser('--use-fake-device-for-media-stream')

  const walk = async (
    hash: string,
    steps: (page: Page, opened: Visit) => Promise<void>,
    prepare?: string,
  ): Promise<void> => {
    const opened = await visit(here.browser, here.lab, prepare === undefined ? hash : '')
    const { page } = opened
    try {
      if (prepare !== undefined) {
        await page.addInitScript(prepare)
        await page.goto('about:blank')
        await page.goto(`${here.lab.url}#/${hash}`)
      }
      await page.waitForSelector('.train')
      await steps(page, opened)
      expect(opened.complaints).toEqual([])
    } finally {
      await opened.close()
    }
  }

  test('starts, steps, pauses and starts over; shows mistakes; keeps all over a reload and another view', () =>
    walk('train?examples=500&count=4&depth=2', async (page) => {
      await stands(page)
      expect(await page.locator('.matrix [role="gridcell"]').count()).toBe(100)
      await button(page, 'One step').click()
      await page.waitForFunction(() => document.querySelector('[data-fact="step"]')?.textContent === '1')
      await stands(page)
      await button(page, 'Go on').click()
      await page.waitForFunction(() => Number(document.querySelector('[data-fact="step"]')?.textContent) >= 20)
      await button(page, 'Pause').click()
      await stands(page)
      const facts = async () => [await fact(page, 'step'), await fact(page, 'accuracy'), await fact(page, 'loss')]
      const before = await facts()
      const counts = await page.locator('.matrix').textContent()
      // Fifty digits of each class, twenty a class held out of 100: the numbers of a row add up.
      const row = await page.locator('.matrix [data-row="3"] button').allTextContents()
      expect(row.reduce((sum, text) => sum + (text === '·' ? 0 : Number(text)), 0)).toBe(10)
      // The pictures behind a cell are as many as it says.
      await page.locator('.matrix [data-row="0"][data-column="0"] button').focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      const cell = page.locator('.cell-pictures[data-cell="1,0"]')
      await cell.waitFor()
      const count = Number(
        (await page.locator('.matrix [data-row="1"][data-column="0"] button').textContent())?.replace('·', '0'),
      )
      if (count > 0)
        await cell
          .locator('.tile')
          .nth(count - 1)
          .waitFor()
      expect(await cell.locator('.tile').count()).toBe(count)
      await page.locator('.top nav').getByRole('link', { name: 'Slide' }).click()
      await page.waitForSelector('.output-grid')
      // On the first page the miniature shows this run, and does not take the worker for one of its own.
      await page.locator('.top .mark').click()
      await page.waitForSelector('.train-miniature canvas')
      await page.locator('.top nav').getByRole('link', { name: 'Train' }).click()
      await page.waitForSelector('.matrix')
      expect(await facts()).toEqual(before)
      expect(await page.locator('.notice').count()).toBe(0)
      await page.waitForFunction(() => location.hash.includes('examples=500'))
      await page.reload()
      await page.waitForSelector('.matrix')
      await stands(page)
      expect(await facts()).toEqual(before)
      expect(await page.locator('.matrix').textContent()).toBe(counts)
      // Another network begins anew, and the first one is still there.
      await page.locator('.network-panel').getByLabel('Stages').selectOption('1')
      await page.waitForFunction(() => document.querySelector('[data-fact="step"]')?.textContent === '0')
      await page.locator('.network-panel').getByLabel('Stages').selectOption('2')
      await page.waitForFunction(
        (step) => document.querySelector('[data-fact="step"]')?.textContent === step,
        before[0],
      )
      await button(page, 'Start over').click()
      await page.waitForFunction(() => document.querySelector('[data-fact="step"]')?.textContent === '0')
    }))

  test('gives a run that `convoke evaluate` reads with the same score, ONNX, safetensors and a program', () =>
    walk('train?examples=500&count=4&depth=2&epochs=2', async (page) => {
      await stands(page)
      await button(page, 'Start').click()
      await page.waitForSelector('.standing[data-phase="finished"]')
      await stands(page)
      const save = async (name: string) => {
        const [download] = await Promise.all([page.waitForEvent('download'), button(page, name).click()])
        return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
      }
      const run = await save('Run folder (ZIP)')
      const folder = mkdtempSync(join(tmpdir(), 'convoke-lab-'))
      try {
        for (const [name, bytes] of Object.entries(unzipSync(run.bytes))) {
          mkdirSync(dirname(join(folder, name)), { recursive: true })
          writeFileSync(join(folder, name), bytes)
        }
        const env = { ...process.env, CONVOKE_BACKEND: 'wasm' }
        const text = execFileSync(process.execPath, [command, 'evaluate', folder, '--json'], { encoding: 'utf8', env })
        const { accuracy } = JSON.parse(text).figures
        // Shown with a decimal near its end, else in whole per cents.
        const digits = accuracy > 0.95 && accuracy < 1 ? 1 : 0
        expect(await fact(page, 'accuracy')).toBe(`${(100 * accuracy).toFixed(digits)}%`)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
      expect((await save('ONNX')).bytes.length).toBeGreaterThan(5000)
      expect((await save('safetensors')).name).toBe('network.safetensors')
      expect((await save('Save as PNG')).bytes.subarray(1, 4).toString()).toBe('PNG')
      expect(await page.locator('[data-program]').textContent()).toContain('epochs: 2,')
      // A run that has done its epochs goes on for ten more.
      await button(page, 'Go on').click()
      await page.waitForFunction(() => Number(document.querySelector('[data-fact="step"]')?.textContent) > 32)
      await page.waitForFunction(() => location.hash.includes('epochs=12'))
    }))

  test('learns three shapes from thirty drawings of each, and reads new ones', () =>
    walk('train?source=drawings', async (page) => {
      await page.getByText('There must be two classes or more').waitFor()
      for (const name of shapes) {
        await page.getByLabel('Name of a new class').fill(name)
        await button(page, 'Add class').click()
      }
      await page.getByText('At least five pictures of each class').waitFor()
      const random = randomSource(5)
      const draw = await drawer(page)
      for (const name of shapes) {
        await page.getByLabel('Draw for').selectOption({ label: name })
        for (let i = 0; i < 30; i++) {
          await draw('.drawing .pad', drawn(name, random))
          await page.locator('.drawing .pad').press('Enter')
        }
      }
      await page.locator('[data-fact="counts"]').filter({ hasText: '72 for training, 18 others' }).waitFor()
      await stands(page)
      await button(page, 'Start').click()
      await page.waitForSelector('.standing[data-phase="finished"]', { timeout: 60_000 })
      let right = 0
      for (let i = 0; i < 18; i++) {
        const name = shapes[i % 3]
        await button(page, 'Clear').last().click()
        await page.locator('.predict .probe-tile').waitFor({ state: 'detached' })
        await draw('.predict .pad', drawn(name, random))
        await page.waitForSelector('.predict .probe-tile')
        await page.waitForSelector('.chances[aria-busy="false"]')
        if ((await page.locator('.chance.best').getAttribute('data-class')) === name) right++
      }
      console.log(`30 drawings a class, drawn on the page: ${right} of 18 new ones read`)
      expect(right).toBeGreaterThanOrEqual(16)
      // A reload loses neither the drawings nor the network.
      await page.reload()
      await page.locator('[data-fact="counts"]').waitFor()
      await stands(page)
      expect(await page.locator('.own-class').count()).toBe(3)
      expect(await fact(page, 'step')).toBe('270')
    }))

  test('learns from picture files by class, reads another, and says what it left out', () =>
    walk('train?source=pictures&count=2&depth=1&epochs=5', async (page) => {
      for (const [name, red] of [
        ['red', true],
        ['blue', false],
      ] as const) {
        await page.getByLabel('Name of a new class').fill(name)
        await button(page, 'Add class').click()
        const files = await Promise.all(
          Array.from({ length: 6 }, async (_, i) => ({
            ...{ name: `${i}.png`, mimeType: 'image/png', buffer: Buffer.from(await coloured(i, red)) },
          })),
        )
        const broken = { name: 'note.png', mimeType: 'image/png', buffer: Buffer.from('dear diary') }
        await page.getByLabel(`Add pictures to ${name}`).setInputFiles([...files, broken])
        await page.getByRole('alert').filter({ hasText: 'note.png is not a picture' }).waitFor()
      }
      await stands(page)
      await button(page, 'Start').click()
      await page.waitForSelector('.standing[data-phase="finished"]')
      await page.locator('.predict input[type="file"]').setInputFiles({
        ...{ name: 'other.png', mimeType: 'image/png', buffer: Buffer.from(await coloured(40, false)) },
      })
      await page.waitForFunction(() => document.querySelector('.chance.best')?.getAttribute('data-class') === 'blue')
      // What was removed comes back.
      await page.getByRole('button', { name: 'Remove the class red' }).click()
      await page.getByText('There must be two classes or more').waitFor()
      await button(page, 'Undo').click()
      await page.locator('[data-fact="counts"]').waitFor()
      expect(await page.locator('.own-class').count()).toBe(2)
      // Until something else was added, which would be lost.
      const red = page.locator('.own-class').first()
      await red.getByRole('button', { name: 'red, picture 1: remove' }).click()
      await button(page, 'Undo').waitFor()
      await page.getByLabel('Add pictures to red').setInputFiles({
        ...{ name: 'more.png', mimeType: 'image/png', buffer: Buffer.from(await coloured(9, true)) },
      })
      await button(page, 'Undo').waitFor({ state: 'detached' })
      await red.getByText('6 pictures').waitFor()
    }))

  test('takes a folder of classes, and says so where there is none or the camera is refused', () =>
    walk('train?source=pictures', async (page) => {
      const folder = mkdtempSync(join(tmpdir(), 'convoke-classes-'))
      try {
        const choose = page.getByLabel('Add a folder of classes')
        mkdirSync(join(folder, 'texts', 'notes'), { recursive: true })
        writeFileSync(join(folder, 'texts', 'notes', 'a.txt'), 'dear diary')
        await choose.setInputFiles(join(folder, 'texts'))
        await page.getByRole('alert').filter({ hasText: 'no picture in a folder of its own' }).waitFor()
        for (const name of ['dark', 'light'])
          for (let i = 0; i < 5; i++) {
            mkdirSync(join(folder, 'classes', name), { recursive: true })
            writeFileSync(join(folder, 'classes', name, `${i}.png`), png(20 + i, 30))
          }
        await choose.setInputFiles(join(folder, 'classes'))
        await page.locator('[data-fact="counts"]').filter({ hasText: '8 for training, 2 others' }).waitFor()
        expect(await page.getByRole('alert').count()).toBe(0)
        await page.locator('.data-panel').getByRole('button', { name: 'Use the camera' }).click()
        await page.getByRole('alert').filter({ hasText: 'The camera could not be used' }).waitFor()
        await page.context().grantPermissions(['camera'])
        await page.locator('.data-panel').getByRole('button', { name: 'Use the camera' }).click()
        await button(page, 'Take a picture for dark').click()
        await page.locator('.own-class').first().getByText('6 pictures').waitFor()
        await page.locator('.data-panel').getByRole('button', { name: 'Stop the camera' }).click()
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }))

  test('compares networks by accuracy, parameters and multiply-adds', () =>
    walk('train?examples=500&compared=3x2x1|5x2x1', async (page) => {
      await stands(page)
      await page.locator('.compare').getByLabel('Epochs for each', { exact: true }).fill('1')
      await page.keyboard.press('Tab')
      await button(page, 'Train and compare').click()
      const results = page.locator('.compare-result dd')
      await results.nth(7).waitFor()
      const texts = await results.allTextContents()
      // 3·3·2 weights, 2·2 of the normalisation, 2·10 + 10 of the last layer; 28·28 places.
      expect(texts.slice(1, 3)).toEqual(['52', (784 * 18 + 20).toLocaleString('en')])
      expect(texts.slice(5, 7)).toEqual(['84', (784 * 50 + 20).toLocaleString('en')])
      await page.locator('.compare .chart canvas').nth(1).waitFor()
    }))

  test('goes on comparing after a reload, and stops when it is told to', () =>
    walk('train?examples=500&compared=1x2x1|7x32x2&comparedEpochs=4', async (page) => {
      await stands(page)
      await button(page, 'Train and compare').click()
      await page.locator('[data-choice="1x2x1"] dd').first().waitFor()
      await page.locator('[data-choice="7x32x2"]', { hasText: 'Training …' }).waitFor()
      const first = await page.locator('[data-choice="1x2x1"] dd').allTextContents()
      await page.reload()
      await page.locator('[data-choice="7x32x2"]', { hasText: 'Training …' }).waitFor()
      expect(await page.getByLabel('Epochs for each', { exact: true }).inputValue()).toBe('4')
      expect(await page.locator('[data-choice="1x2x1"] dd').allTextContents()).toEqual(first)
      await page.locator('[data-choice="7x32x2"] dd').first().waitFor()
      await button(page, 'Train and compare').and(page.locator(':disabled')).waitFor()
      // What was stopped does not begin again.
      await page.getByLabel('Epochs for each', { exact: true }).fill('30')
      await page.keyboard.press('Tab')
      await button(page, 'Train and compare').click()
      await button(page, 'Stop').click()
      await button(page, 'Train and compare').waitFor()
      await page.reload()
      await stands(page)
      await page.waitForTimeout(1000)
      expect(await page.locator('.compare').getByText('Training …').count()).toBe(0)
      expect(await button(page, 'Train and compare').isEnabled()).toBe(true)
    }))

  test('leads through the view in five steps; the pad is drawn on by keyboard', () =>
    walk('train?examples=500&count=4&depth=2', async (page) => {
      await stands(page)
      await button(page, 'Show me around').click()
      const tour = page.getByRole('region', { name: 'Show me around' })
      for (let step = 1; step < 5; step++) await tour.getByRole('button', { name: 'Next' }).click()
      expect(await tour.textContent()).toContain('Step 5 of 5')
      await tour.getByRole('button', { name: 'End the tour' }).click()
      await stands(page)
      const pad = page.locator('.predict .pad')
      await pad.focus()
      await page.keyboard.press('Space')
      for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowDown')
      await page.waitForFunction(() =>
        document.querySelector('.chance.best .chance-number')?.textContent?.endsWith('%'),
      )
      await button(page, 'Look inside').click()
      await page.waitForFunction(() => !document.querySelector('[data-fact="probe"]')?.textContent?.includes('NaN'))
    }))
})
