// The view Inside as a new visitor walks it: layers, one map, one number, reasons; own models good and bad, a drawing, a run of Train.

import { readFile } from 'node:fs/promises'
import { formats, tensor } from 'convoke'
import { decodeOnnx, graphModule, type OnnxModel } from 'convoke/graph'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { attentive, branched } from '../src/inside/testing/networks.ts'
import { canOpenPages, labInBrowser, walker } from './lab.ts'
import { png } from './png.ts'

/** The numbers of a text, with its minus signs as one types them. */
const numbersIn = (text: string | null): number[] =>
  ((text ?? '').replaceAll('−', '-').match(/-?\d+(\.\d+)?(e-?\d+)?/g) ?? []).map(Number)

const save = async (page: Page, name: string): Promise<{ name: string; bytes: Buffer }> => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()])
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
}

const value = (page: Page) => page.locator('.inside-map [data-name="value"]')
const line = (page: Page) => page.locator('.inside-map [data-name="line"]')

/** Waits until the network is open and the arithmetic of the place is there. */
const ready = async (page: Page, kind: string): Promise<void> => {
  await page.waitForSelector(`.arithmetic[data-kind="${kind}"]`, { timeout: 45_000 })
}

/** A value of the network that was taken home, for its picture: `[channels, height, width]`. */
function outputOf(model: OnnxModel, picture: Float32Array, name: string): ReturnType<typeof tensor> {
  const outputs = [{ name, type: { kind: 'tensor', type: 'float32', shape: null } as const }]
  const network = graphModule({ ...model, graph: { ...model.graph, outputs } }, { layout: 'as-written' }).eval()
  return network(tensor(picture, { shape: [1, 1, 28, 28] }))
}

describe.runIf(canOpenPages())('Inside', () => {
  const here = labInBrowser()
  const walk = walker(here)

  test('shows of a network with attention which places a place adds up', () =>
    walk('inside', async (page) => {
      await page.getByRole('button', { name: 'A model of your own' }).click()
      const attention = { name: 'cct.onnx', mimeType: 'application/octet-stream', buffer: Buffer.from(attentive()) }
      await page.locator('input[type="file"][accept*=".onnx"]').setInputFiles(attention)
      await page.getByText('cct.onnx, from your machine.').waitFor()
      const layers = page.getByLabel('Layer', { exact: true }).first()
      const names = await layers.locator('option').allTextContents()
      const product = names.findIndex((name) => name.includes('MatMul_1'))
      expect(names[product]).toMatch(/ · Matrix product$/)
      await layers.selectOption({ index: product })
      await page.getByText('A row of 36 numbers is multiplied by a column of the same length').waitFor()
      const [listed, rest, sum] = numbersIn((await line(page).textContent())!.replaceAll('− ', '-'))
      expect(listed + rest).toBeCloseTo(sum, 2)
      expect(numbersIn(await value(page).textContent()).at(-1)).toBe(sum)
      // 36 rows of 4 numbers: no taller than a window.
      expect((await page.locator('.map-large').boundingBox())!.height).toBeLessThan(600)
      await page.locator('.take-home label', { hasText: 'PyTorch' }).click()
      expect(await page.locator('[data-program]').textContent()).toContain('F.layer_norm(')
    }))

  test('goes from all layers to one map to one number, and shows what the library computes', () =>
    walk('inside?layer=5&map=2', async (page) => {
      await ready(page, 'convolution')
      const { bytes } = await save(page, 'Save network.onnx')
      const file = formats.decodeSafetensors(new Uint8Array((await save(page, 'Save inside.safetensors')).bytes))
      const model = decodeOnnx(new Uint8Array(bytes))
      const picture = file.tensors['picture'].data as Float32Array
      const nodes = model.graph.nodes.filter(({ operator }) => operator === 'Conv')

      const shownNumber = async (): Promise<number> => numbersIn(await value(page).textContent())[2]
      const y = outputOf(model, picture, nodes[1].outputs[0])
      const at = (row: number, column: number): number => (y.dataSync() as Float32Array)[196 + row * 14 + column]
      expect(await shownNumber()).toBeCloseTo(at(7, 7), 3)
      // Sums of all maps and the bias: what is shown adds up.
      await page.getByRole('button', { name: 'Show 4 more maps' }).click()
      const sums = await page.locator('.window-row [data-name="sum"] strong').allTextContents()
      expect(sums).toHaveLength(8)
      const formula = numbersIn((await line(page).textContent())!.replaceAll('− ', '-').replaceAll('+ ', ''))
      expect(formula.slice(0, 8)).toEqual(sums.flatMap((text) => numbersIn(text)))
      expect(formula.slice(0, 9).reduce((a, b) => a + b)).toBeCloseTo(formula[9], 2)
      expect(formula[9]).toBe(await shownNumber())
      for (const row of await page.locator('.window-row').all()) {
        const products = (await row.locator('[data-name="products"] .number-cell').allTextContents()).flatMap(numbersIn)
        const [sum] = numbersIn(await row.locator('[data-name="sum"] strong').textContent())
        expect(Math.abs(products.reduce((a, b) => a + b) - sum)).toBeLessThan(0.05)
      }

      // By keyboard: over the map, and from layer to layer.
      await page.locator('.map-large').focus()
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('ArrowUp')
      await value(page).getByText('row 7, column 9').waitFor()
      await expect.poll(shownNumber).toBeCloseTo(at(6, 8), 3)
      await page.waitForFunction(() => location.hash.includes('at='))
      await page.locator('.map-cell[aria-selected="true"]').focus()
      await page.keyboard.press('ArrowRight')
      await ready(page, 'normalisation')
      await page.keyboard.press('ArrowDown')
      await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'norm2, map 3 of 16')

      // By pointer: a square of the overview, then places of the map.
      await page.getByRole('gridcell', { name: 'conv1, map 4 of 8' }).click()
      await ready(page, 'convolution')
      const first = outputOf(model, picture, nodes[0].outputs[0]).dataSync() as Float32Array
      const box = (await page.locator('.map-large').boundingBox())!
      const position = { x: (box.width * 20.5) / 28, y: (box.height * 3.5) / 28 }
      await page.locator('.map-large').hover({ position })
      await value(page).getByText('row 4, column 21').waitFor()
      await expect.poll(shownNumber).toBeCloseTo(first[3 * 784 + 3 * 28 + 20], 3)

      // Scores and chances.
      const scores = outputOf(model, picture, model.graph.nodes.at(-2)!.outputs[0]).dataSync() as Float32Array
      const sum = scores.reduce((total, score) => total + Math.exp(score), 0)
      const shares = await page.locator('.inside-chances .chance-share').allTextContents()
      for (const [i, text] of shares.entries())
        expect(Math.abs(numbersIn(text)[0] - (100 * Math.exp(scores[i])) / sum)).toBeLessThan(0.11)

      // What it looks for, and why.
      await page.locator('.patches .patch').nth(8).waitFor()
      await page.locator('[data-name="ascent-step"]', { hasText: 'Step 128 of 128' }).waitFor()
      await page.locator('[data-name="occlusion-words"]', { hasText: 'falls most' }).waitFor()
      await page.getByLabel('Class', { exact: true }).selectOption('5')
      await page.waitForFunction(() => location.hash.includes('class=6'))
      await page.getByLabel('Opacity').fill('0.2')
      await page.waitForFunction(() => location.hash.includes('opacity=0.2'))
      const svg = await save(page, 'Save as SVG')
      expect(svg.bytes.toString()).toContain('conv1: map 4 of 8')
      await page.locator('.take-home label', { hasText: 'PyTorch' }).click()
      expect(await page.locator('[data-program]').textContent()).toContain('F.conv2d(')
    }))

  test('takes drawings, own pictures and own models, and says what is wrong with those that are none', () =>
    walk('inside?layer=x&net=run&patch=7', async (page) => {
      await page.getByText('The address was not quite right: layer, patch could not be read.').waitFor()
      await page.getByText('No run of the view Train is kept in this browser').waitFor()
      await ready(page, 'convolution')
      // A stroke from top to bottom is a one.
      await page.getByRole('button', { name: 'Draw one' }).click()
      const pad = (await page.locator('.pad').boundingBox())!
      await page.mouse.move(pad.x + pad.width / 2, pad.y + 20)
      await page.mouse.down()
      await page.mouse.move(pad.x + pad.width / 2, pad.y + pad.height - 20, { steps: 8 })
      await page.mouse.up()
      await page.locator('[data-name="read"]', { hasText: 'Read as 1' }).waitFor()
      await page.getByRole('button', { name: 'Clear the drawing' }).click()
      await page.getByText('Picture 4 of 200, shows 3').waitFor()

      const pictures = page.locator('.inside-picture input[type="file"]')
      await pictures.setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('not a picture') })
      await page.getByText('This file is not a picture').waitFor()
      await pictures.setInputFiles({ name: 'white.png', mimeType: 'image/png', buffer: png(40, 30) })
      await page.getByText('Your picture. It stays on this machine.').waitFor()

      await page.getByText('A model of your own').first().click()
      const models = page.locator('.drop-zone input[type="file"]').first()
      await models.setInputFiles({ name: 'net.onnx', mimeType: '', buffer: Buffer.from('broken') })
      await page.getByText('The file is damaged or is not what its name says.').waitFor()
      await ready(page, 'convolution')
      await models.setInputFiles({ name: 'branched.onnx', mimeType: '', buffer: Buffer.from(branched()) })
      await page.getByText('branched.onnx, from your machine.').waitFor()
      await page.locator('.map-choice select').selectOption({ label: (await sumOption(page))! })
      await ready(page, 'elementwise')
      const [a, b, sum] = numbersIn(await line(page).textContent())
      expect(a + b).toBeCloseTo(sum, 2)
      await page.waitForFunction(() => location.hash.includes('model=branched.onnx'))
      await page.getByRole('button', { name: 'Back to the digits' }).click()
      await ready(page, 'convolution')
      await page.getByText('14 layers to see').waitFor()
    }))

  test('looks into the network that was trained in Train', () =>
    walk('train?examples=500&count=4&depth=2', async (page) => {
      const step = page.getByRole('button', { name: 'One step' })
      await step.click()
      await page.locator('.standing dd', { hasText: /^1$/ }).waitFor()
      // What is kept is written a moment later.
      await page.waitForTimeout(500)
      await page.evaluate(() => {
        location.hash = '#/inside?net=run&layer=2'
      })
      await ready(page, 'normalisation')
      expect(await page.locator('.inside-facts').textContent()).toMatch(/It classifies .* of 100 held-out pictures/)
      expect(await page.locator('.column strong').nth(1).textContent()).toBe('stage1.unit1.conv')
    }))
})

/** What the layer that adds is called among the layers to choose from. */
const sumOption = async (page: Page): Promise<string | undefined> =>
  (await page.locator('.map-choice option').allTextContents()).find((text) => text.endsWith('· Sum'))
