// The view Shapes as a new visitor walks it: stacks, their mistakes, pixels and what they see, models good and bad.

import { readFile } from 'node:fs/promises'
import { formats, models } from 'convoke'
import { encodeOnnx, exportOnnx } from 'convoke/graph'
import { chainSees, thousands, walkChain } from 'convoke/shapes'
import { bytes, engineering, parseNetwork } from 'convoke-workbench'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { presets } from '../src/shapes/presets.ts'
import { canOpenPages, labInBrowser, walker } from './lab.ts'

const address = (text: string, more = ''): string => `shapes?net=${encodeURIComponent(text)}${more}`

describe.runIf(canOpenPages())('Shapes', () => {
  const here = labInBrowser()

  const walk = walker(here, '.stack-rows')

  /** The numbers of every layer, row by row. */
  const figures = async (page: Page): Promise<string[][]> => {
    await page.waitForSelector('.stack-total')
    return page
      .locator('.stack-row[data-layer]')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('.figure-value')].map((value) => value.textContent ?? '')),
      )
  }

  const some = (value: number, show: (value: number) => string): string => (value === 0 ? '–' : show(value))

  test.each([...Object.entries(presets)])('shows the library’s numbers for %s', (_, text) =>
    walk(address(text), async (page) => {
      const { inputShape, layers } = parseNetwork(text)
      const { steps, total } = walkChain(inputShape, layers)
      const wanted = steps.map((step) => {
        const sizes = step.receptiveField.map(({ size }) => String(Number(size.toPrecision(4))))
        return [
          ...[step.outputShape.join(' × '), some(step.parameters, thousands), some(step.macs, engineering)],
          ...[some(step.flops, engineering), some(step.activationBytes, bytes), sizes[0]],
        ]
      })
      await page.waitForFunction(
        (count) => document.querySelectorAll('.stack-row[data-layer] .figure-shape').length === count,
        wanted.length,
      )
      expect(await figures(page)).toEqual(wanted)
      expect(await page.locator('.stack-total').textContent()).toContain(thousands(total.parameters))
    }),
  )

  /** Which pixels of the exact field's picture are in colour: it shows what is not seen in grey. */
  const fieldText = (page: Page): Promise<string> =>
    page.locator('[data-field="exact"] canvas').evaluate((canvas) => canvas.getAttribute('aria-label') ?? '')

  test('shows the exact field of the output that is clicked, and of those that arrows reach', () =>
    walk(address('32x32x3: conv 4 3 psame d2, relu, maxpool 2, conv 4 3 psame', '&layer=4'), async (page) => {
      const { inputShape, layers } = parseNetwork('32x32x3: conv 4 3 psame d2, relu, maxpool 2, conv 4 3 psame')
      const expected = (row: number, column: number): string => {
        const [rows, columns] = chainSees(inputShape, layers, [row, column])
        const size = ({ first, last }: { first: number; last: number }): number => last - first + 1
        const count = rows.positions.length * columns.positions.length
        return `${size(rows.region)} × ${size(columns.region)}: ${count} pixels of the picture`
      }
      const box = page.locator('.map-box')
      const { width, height } = (await box.boundingBox())!
      await box.click({ position: { x: (0.5 * width) / 16, y: (4.5 * height) / 16 } })
      await page.locator('.fields').getByText('output at row 4, column 0').waitFor()
      await page.waitForFunction(
        (text) => document.querySelector('[data-field="exact"]')?.textContent?.includes(text),
        expected(4, 0),
      )
      expect(await fieldText(page)).toContain('The frame reaches into the padding.')
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('Shift+ArrowRight')
      await page.keyboard.press('ArrowDown')
      await page.locator('.fields').getByText('output at row 5, column 11').waitFor()
      await page.waitForFunction(
        (text) => document.querySelector('[data-field="exact"]')?.textContent?.includes(text),
        expected(5, 11),
      )
      await page.waitForFunction(() => location.hash.includes('place='))
    }))

  test('lights up on the picture what is seen, and nothing else', () =>
    walk(address('24x24x3: conv 4 3 d3', '&place=0.5,0.5'), async (page) => {
      await page.locator('.fields').getByText('output at row 9, column 9').waitFor()
      await page.waitForFunction(() => document.querySelector('[data-field="exact"]')?.textContent?.includes('7 × 7'))
      const lit = await page.locator('[data-field="exact"] canvas').evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, 24, 24)
        return Array.from({ length: 576 }, (_, i) => i).filter(
          (i) => data[4 * i] !== data[4 * i + 1] || data[4 * i] !== data[4 * i + 2],
        )
      })
      const [rows, columns] = chainSees([24, 24, 3], [{ kind: 'conv', channels: 4, kernel: 3, dilation: 3 }], [9, 9])
      const seen = rows.positions.flatMap((row) => columns.positions.map((column) => row * 24 + column))
      // A pixel of the scene may be grey itself.
      expect(lit.every((i) => seen.includes(i))).toBe(true)
      expect(lit.length).toBeGreaterThan(5)
    }))

  test('adds, edits, moves and removes layers, by the page and as text', () =>
    walk(address('16x16x1: conv 4 3, relu'), async (page) => {
      await page.getByLabel('Kind of layer').selectOption('max-pool')
      await page.getByRole('button', { name: 'Add after the chosen layer' }).click()
      await page.getByRole('button', { name: '3 Max pooling maxpool 2', exact: true }).waitFor()
      await page.getByRole('button', { name: '1 Convolution conv 4 3', exact: true }).click()
      await page.getByLabel('Output channels', { exact: true }).fill('9')
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Kernel: one more', exact: true }).click()
      await page.getByLabel('Padding', { exact: true }).selectOption('same')
      await page.getByRole('button', { name: 'Move conv 9 4 psame down' }).click()
      const text = page.getByRole('textbox', { name: 'As text' })
      await page.waitForFunction(() => location.hash.includes('psame'))
      expect(await text.inputValue()).toBe('16x16x1: relu, conv 9 4 psame, maxpool 2')
      await page.getByRole('button', { name: 'Duplicate conv 9 4 psame' }).click()
      await page.getByRole('button', { name: 'Remove conv 9 4 psame' }).click()
      await page.getByRole('button', { name: '3 Max pooling maxpool 2', exact: true }).waitFor()
      await text.fill('8x8x3: dwconv 3 m2, bn')
      await text.press('Enter')
      await page.getByRole('button', { name: '1 Depthwise convolution dwconv 3 m2', exact: true }).waitFor()
      await text.fill('8x8x3: konv 3')
      await text.press('Enter')
      await page.getByRole('alert').filter({ hasText: 'no layer is called "konv"' }).waitFor()
      await page.waitForFunction(() => location.hash.includes('dwconv'))
      await page.reload()
      await page.getByRole('button', { name: '1 Depthwise convolution dwconv 3 m2', exact: true }).waitFor()
    }))

  test('says why a layer does not fit, and mends it', () =>
    walk(address('28x28x1: conv 8 5x5, linear 10', '&layer=2'), async (page) => {
      const alert = page.getByRole('alert')
      await alert.waitFor()
      expect(await alert.textContent()).toContain('its input still has rows and columns: 24 × 24 × 8')
      await alert.getByRole('button', { name: 'Put flatten before it' }).click()
      await alert.waitFor({ state: 'detached' })
      await page.waitForFunction(() => document.querySelector('.stack-total')?.textContent?.includes('46,298'))
      // 5·5·8 + 8 and 24·24·8·10 + 10.
      expect((await figures(page)).map(([shape]) => shape)).toEqual(['24 × 24 × 8', '4608', '10'])
    }))

  test('says what it could not read of an address, and bears hostile numbers', () =>
    walk('shapes?net=9e9x1x1:conv&layer=99999&seed=-1', async (page, { complaints }) => {
      await page.getByRole('status').filter({ hasText: 'net, layer, seed could not be read' }).waitFor()
      await page.goto('about:blank')
      await page.goto(`${here.lab.url}#/${address(`512x512x3: ${Array(40).fill('conv 4096 3 psame').join(', ')}`)}`)
      await page.locator('[data-field="effective"]').getByText('too much for a page').waitFor()
      expect(await page.locator('.stack-total').textContent()).toContain('5,889,077,248')
      await page.locator('[data-field="exact"]').getByText('81 × 81: 6,561 pixels of the picture').waitFor()
      await page.goto('about:blank')
      await page.goto(
        `${here.lab.url}#/${address('512x512x3: upsample 16, upsample 16, upsample 16, conv 4 31 psame')}`,
      )
      await page.locator('[data-field="effective"]').getByText('too much for a page').waitFor()
      expect(await page.locator('.stack-total').textContent()).toContain('2097152 × 2097152 × 4')
      expect(complaints).toEqual([])
    }))

  test('computes the effective field, for another channel and other weights too', () =>
    walk(address('24x24x1: conv 4 3 psame, tanh, conv 4 3 psame'), async (page) => {
      const effective = page.locator('[data-field="effective"]')
      await effective.getByText(/Nine tenths of the gradient come from \d+ pixels; 25 have any/).waitFor()
      const before = await effective.textContent()
      await page.getByRole('button', { name: 'Draw other weights' }).click()
      await page.getByText('Random weights, draw 1').waitFor()
      await page.waitForFunction(() => location.hash.includes('seed=1'))
      await page.getByRole('button', { name: 'Channel (0: all): one more' }).click()
      await page.waitForFunction(() => location.hash.includes('channel=1'))
      expect(before).toContain('25 have any')
    }))

  test('leads through the view in five steps, each with something to see, to the formula sheet', () =>
    walk('shapes', async (page) => {
      await page.getByRole('button', { name: 'Show me around' }).click()
      const tour = page.getByRole('region', { name: 'Show me around' })
      const titles: string[] = []
      const [sheet] = await Promise.all([
        page.context().waitForEvent('page'),
        tour.getByRole('link', { name: 'All formulas on one page' }).click(),
      ])
      await sheet.waitForLoadState()
      expect(await sheet.textContent('body')).toContain('# Formula sheet')
      await sheet.close()
      for (let step = 1; step <= 5; step++) {
        expect(await tour.textContent()).toContain(`Step ${step} of 5`)
        titles.push(await tour.getByRole('heading').innerText())
        await page.waitForSelector('.stack-row.chosen')
        if (step < 5) await tour.getByRole('button', { name: 'Next' }).click()
      }
      expect(new Set(titles).size).toBe(5)
      await page.getByRole('alert').filter({ hasText: 'A linear layer reads one row of numbers' }).waitFor()
    }))

  test('hands out its code and its picture', () =>
    walk('shapes', async (page) => {
      await page.locator('[data-field="effective"]').getByText('Nine tenths').waitFor()
      const code = page.locator('[data-program]')
      expect(await code.textContent()).toContain('chainSees(inputShape, layers.slice(0, 10), [12, 12])')
      await page.locator('.take-home label', { hasText: 'PyTorch' }).click()
      expect(await code.textContent()).toContain('nn.Conv2d(3, 16, 3, padding=1)')
      const save = async (name: string) => {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name }).click(),
        ])
        return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
      }
      const svg = await save('Save as SVG')
      expect(svg.name).toBe('stack.svg')
      const texts = [...svg.bytes.toString().matchAll(/<text [^>]*>([^<]+)<\/text>/g)].map(([, text]) => text)
      expect(texts).toEqual(expect.arrayContaining(['1  conv 16 3x3 psame', '96 × 96 × 16', '72,730', 'Exact field']))
      expect(svg.bytes.toString().match(/data:image\/png;base64,/g)).toHaveLength(3)
      const png = await save('Save as PNG')
      expect([...png.bytes.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
      expect(png.bytes.length).toBeGreaterThan(20_000)
    }))

  const lenet = models.LeNet5().initialize(3)
  const onnx = Buffer.from(encodeOnnx(exportOnnx(lenet, [1, 28, 28, 1])))

  const open = (page: Page, files: { name: string; buffer: Buffer }[]): Promise<void> =>
    page
      .locator('input[type="file"][accept*=".onnx"]')
      .setInputFiles(files.map((file) => ({ ...file, mimeType: 'application/octet-stream' })))

  test('opens an ONNX file, traces its pixels, keeps it while other views are shown, and goes back to the stack', () =>
    walk('shapes', async (page) => {
      await open(page, [{ name: 'lenet.onnx', buffer: onnx }])
      await page.getByText('lenet.onnx, from your machine.').waitFor()
      expect(await page.locator('.stack-total').textContent()).toContain('61,706')
      await page.waitForFunction(() => location.hash.includes('model=lenet.onnx'))
      const conv = page.getByRole('button', { name: /^\d+ Conv 5×5/ }).nth(1)
      await conv.click()
      await page.locator('[data-field="exact"]').getByText('14 × 14: 196 pixels of the picture').waitFor()
      await page.locator('[data-field="effective"]').getByText('Nine tenths').waitFor()
      await page.getByText('With the weights of the model.').waitFor()
      await page.locator('.take-home').getByText('PyTorch', { exact: true }).click()
      const program = await page.locator('[data-program="pytorch"]').textContent()
      expect(program).toContain('def effective_field(image):')
      expect(program).toMatch(/seen = \[\(list\(range\(\d+, \d+\)\), list\(range\(\d+, \d+\)\)\)\]/)
      const saved = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Save model.safetensors' }).click()
      expect((await saved).suggestedFilename()).toBe('model.safetensors')
      await page.getByRole('link', { name: 'Filters', exact: true }).click()
      await page.waitForSelector('.filters')
      await page.getByRole('link', { name: 'Shapes', exact: true }).click()
      await page.getByText('lenet.onnx, from your machine.').waitFor()
      await page.getByRole('button', { name: 'Back to the stack' }).click()
      await page.getByRole('button', { name: '1 Convolution conv 16 3x3 psame', exact: true }).waitFor()
      await page.goto('about:blank')
      await page.goto(`${here.lab.url}#/shapes?model=lenet.onnx&layer=4`)
      await page.getByRole('status').filter({ hasText: 'Open the file again' }).waitFor()
    }))

  test('opens a model of TensorFlow.js and a run', () =>
    walk('shapes', async (page) => {
      const json = {
        modelTopology: {
          class_name: 'Sequential',
          config: {
            name: 'net',
            layers: [
              {
                class_name: 'Conv2D',
                config: {
                  ...{ name: 'conv', filters: 2, kernel_size: [3, 3], padding: 'same', activation: 'relu' },
                  batch_input_shape: [null, 12, 10, 1],
                },
              },
            ],
          },
        },
        weightsManifest: [
          {
            paths: ['group1-shard1of1.bin'],
            weights: [
              { name: 'conv/kernel', shape: [3, 3, 1, 2], dtype: 'float32' },
              { name: 'conv/bias', shape: [2], dtype: 'float32' },
            ],
          },
        ],
      }
      const model = { name: 'model.json', buffer: Buffer.from(JSON.stringify(json)) }
      await open(page, [model])
      await page.getByRole('alert').filter({ hasText: 'group1-shard1of1.bin' }).waitFor()
      await open(page, [
        model,
        { name: 'group1-shard1of1.bin', buffer: Buffer.from(new Uint8Array(new Float32Array(20).fill(0.1).buffer)) },
      ])
      await page.getByText('model.json, from your machine.').waitFor()
      await page.locator('[data-field="exact"]').getByText('3 × 3: 9 pixels of the picture').waitFor()
      const network = models.CompactCNN({ classes: 10 }).initialize(2)
      const config = {
        ...{ format: 1, task: 'classify', model: { name: 'compact', options: { classes: 10 } }, fineTuning: null },
        picture: { height: 28, width: 28, channels: 1, mean: [0], deviation: [1] },
      }
      const weights = formats.encodeSafetensors(await formats.toHost(network.state()), {
        convoke: JSON.stringify(config),
      })
      await open(page, [{ name: 'best.safetensors', buffer: Buffer.from(weights) }])
      await page.getByText('best.safetensors, from your machine.').waitFor()
      expect(await page.locator('.stack-total').textContent()).toContain(thousands(network.parameterCount()))
    }))
})
