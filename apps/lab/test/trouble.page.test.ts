// What goes wrong, in every view in which it can: each gets a plain sentence and a way on, and nothing that was entered is lost.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { models } from 'convoke'
import { encodeOnnx, exportOnnx } from 'convoke/graph'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lab } from '../../../packages/cli/src/lab/serve.ts'
import { builtLab, canOpenPages, labInBrowser, visit } from './lab.ts'
import { plainHost } from './plain-host.ts'
import { png } from './png.ts'

interface Case {
  /** A state that is computed in a moment, where the rest of the address has its usual values. */
  readonly hash: string
  /** What cannot be read of an address, and how it is named. */
  readonly mangled: readonly [query: string, names: string]
  /** There once numbers are on the page. */
  readonly ready: string
  /** Enters something, or trains. */
  readonly enter: (page: Page) => Promise<void>
  /** Waits until what was entered is there, and computed. */
  readonly there: (page: Page) => Promise<unknown>
}

const text = (page: Page, selector: string, wanted: string): Promise<unknown> =>
  page.waitForFunction(([path, part]) => document.querySelector(path)?.textContent?.includes(part), [
    selector,
    wanted,
  ] as const)

const step = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'One step' }).click()
}

const cases: Readonly<Record<string, Case>> = {
  slide: {
    hash: 'slide?flip=0',
    mangled: ['size=900x5&kernel=abc', 'size, kernel'],
    ready: '.output-grid .value:not(:empty)',
    enter: (page) => page.getByLabel('Kernel, row 1, column 2').fill('2'),
    // 1 + 2·2 + 7
    there: (page) => text(page, '.output-grid .value', '12'),
  },
  filters: {
    hash: 'filters?chain=own',
    mangled: ['edge=none&wipe=2', 'edge, wipe'],
    ready: '.probe-sum',
    enter: async (page) => {
      await page.getByLabel('Value to paint').fill('9')
      await page.getByRole('button', { name: 'row 1, column 1: 0' }).click()
    },
    // 9 + 5 − 4
    there: (page) => text(page, '.paint + .hint', 'add up to 10'),
  },
  shapes: {
    hash: 'shapes?net=16x16x1%3A+conv+4+3',
    mangled: ['seed=x&place=2', 'place, seed'],
    ready: '.stack-total',
    enter: async (page) => {
      const box = page.getByRole('textbox', { name: 'As text' })
      await box.fill('16x16x1: conv 5 3')
      await box.press('Enter')
    },
    // 9·5 + 5
    there: (page) => text(page, '.stack-total', '50'),
  },
  train: {
    hash: 'train?examples=500&count=2&depth=1',
    mangled: ['kernel=9&rate=fast', 'kernel, rate'],
    ready: '.standing[data-phase="paused"]',
    enter: step,
    there: (page) => text(page, '[data-fact="step"]', '1'),
  },
  inside: {
    hash: 'inside?map=3',
    mangled: ['layer=x&patch=7', 'layer, patch'],
    ready: '.arithmetic[data-kind="convolution"]',
    enter: (page) => page.getByLabel('Opacity').fill('0.2'),
    there: async (page) => {
      await page.waitForSelector('.arithmetic[data-kind="convolution"]')
      await page.getByRole('heading', { name: 'conv1: map 3 of 8' }).waitFor()
      expect(await page.getByLabel('Opacity').inputValue()).toBe('0.2')
    },
  },
  text: {
    hash: 'text?lang=en&steps=5',
    mangled: ['windows=9&maps=many', 'windows, maps'],
    ready: '.verdict-word',
    enter: (page) => page.getByLabel('Type a sentence').fill('so very dull'),
    there: (page) => text(page, '.words', 'dull'),
  },
  segment: {
    hash: 'segment?examples=100&depth=1&width=4',
    mangled: ['kernel=9&rate=fast', 'kernel, rate'],
    ready: '.strip-row',
    enter: step,
    there: (page) => text(page, '[data-figure="step"] td', '1'),
  },
}

const refuses = 'indexedDB.open = () => { throw new DOMException("no", "SecurityError") }'
const full = `
  const put = IDBObjectStore.prototype.put
  IDBObjectStore.prototype.put = function (...given) {
    if (!globalThis.room) throw new DOMException("full", "QuotaExceededError")
    return Reflect.apply(put, this, given)
  }`
const noRoomForRuns = `
  const put = IDBObjectStore.prototype.put
  IDBObjectStore.prototype.put = function (...given) {
    if (String(given[1]).startsWith('run:')) throw new DOMException("full", "QuotaExceededError")
    return Reflect.apply(put, this, given)
  }`
const withoutSimd = 'WebAssembly.validate = () => false;'

describe.runIf(canOpenPages())('Where something goes wrong', () => {
  const here = labInBrowser()
  let host: Lab
  beforeAll(async () => {
    host = await plainHost()
  })
  afterAll(() => host.close())

  /** A new visitor in whose page `script` runs before everything else. */
  async function open(lab: Lab, hash: string, script: string) {
    const opened = await visit(here.browser, lab, 'nowhere')
    await opened.page.addInitScript(script)
    await opened.page.goto('about:blank')
    return { ...opened, go: () => opened.page.goto(`${lab.url}#/${hash}`) }
  }

  const said = (page: Page, sentence: string) => page.locator('.notice, .lacking').filter({ hasText: sentence })

  test.each(Object.entries(cases))(
    '%s goes on: a mangled address, one thread, a browser that keeps nothing, a lost worker',
    async (name, { hash, mangled: [query, names], ready, enter, there }) => {
      const { page, complaints, close, go } = await open(host, `${hash}&${query}`, refuses)
      await go()
      await page.waitForSelector(ready, { timeout: 60_000 })
      await said(page, `${names} could not be read`).waitFor()
      await said(page, 'One thread computes here').waitFor()
      await enter(page)
      await there(page)
      if (name === 'train' || name === 'segment') await said(page, 'does not let the page keep anything').waitFor()
      expect(complaints).toEqual([])
      await page
        .workers()
        .find((one) => one.url().includes('/assets/worker-'))!
        .evaluate(() => {
          setTimeout(() => {
            throw new Error('lost')
          })
        })
      const lost = said(page, 'has stopped')
      // What waits for an answer asks a new worker by itself.
      await lost.or(said(page, 'was restarted')).first().waitFor()
      if ((await lost.count()) > 0)
        await lost
          .getByRole('button')
          .click({ timeout: 2000 })
          .catch(() => {})
      await lost.waitFor({ state: 'detached' })
      await there(page)
      await close()
    },
  )

  test.each(Object.entries(cases))(
    '%s goes on: no SIMD, no room to keep anything',
    async (name, { hash, ready, enter, there }) => {
      const { page, complaints, close, go } = await open(here.lab, hash, withoutSimd + full)
      await page.route('**/assets/worker-*.js', (route) =>
        route.fulfill({
          contentType: 'text/javascript',
          headers: { 'cross-origin-embedder-policy': 'require-corp' },
          body: withoutSimd + readFileSync(join(builtLab, 'assets', route.request().url().split('/').pop()!), 'utf8'),
        }),
      )
      await go()
      await said(page, 'no SIMD in WebAssembly').waitFor()
      // Its network learns first: half a minute by plain loops.
      if (name === 'inside') await page.locator('.inside-facts progress').waitFor()
      else {
        await page.waitForSelector(ready)
        await enter(page)
        await there(page)
      }
      if (name === 'train' || name === 'segment') {
        await said(page, 'no room left to keep this').waitFor()
        // Said at once where the page is opened again, before anything is made.
        await page.reload()
        await page.waitForSelector(ready)
        await said(page, 'no room left to keep this').waitFor()
      }
      if (name === 'filters') {
        const own = { name: 'own.png', mimeType: 'image/png', buffer: png(60, 40) }
        await page.locator('input[type="file"]').setInputFiles(own)
        await said(page, 'no room left to keep this').waitFor()
        await page.evaluate(() => {
          Object.assign(globalThis, { room: true })
        })
        await page.getByRole('button', { name: 'Try to keep it again' }).click()
        await said(page, 'no room left to keep this').waitFor({ state: 'detached' })
      }
      expect(complaints).toEqual([])
      await close()
    },
  )

  test('segment goes on saying that a run is not kept while small things are', async () => {
    const { hash, ready, enter } = cases['segment']
    const { page, close, go } = await open(here.lab, hash, noRoomForRuns)
    await go()
    await page.waitForSelector(ready)
    expect(await said(page, 'no room left to keep this').count()).toBe(0)
    await enter(page)
    await said(page, 'no room left to keep this').waitFor()
    await page.getByRole('button', { name: 'Clear', exact: true }).click()
    await page.waitForFunction(
      () =>
        new Promise((resolve) => {
          const opening = indexedDB.open('convoke-lab-segment')
          opening.onsuccess = () => {
            const asked = opening.result.transaction('kept').objectStore('kept').get('painting')
            asked.onsuccess = () => resolve(asked.result !== undefined)
          }
        }),
    )
    expect(await said(page, 'no room left to keep this').count()).toBe(1)
    await close()
  })

  const note = Buffer.from('dear diary')
  const pictures = [
    ['a text that is called .png', { name: 'note.png', buffer: note }],
    ['half a picture’s header', { name: 'half.png', buffer: png(60, 40).subarray(0, 30) }],
    ['100 megapixels', { name: 'huge.png', buffer: png(10_000, 10_000) }],
  ] as const

  test.each([
    ['filters', 'filters', '.filters-controls', 'Your picture, 60 × 40.'],
    ['shapes', 'shapes', '.picture-source', 'Your picture, 60 × 40.'],
    ['inside', 'inside', '.inside-picture', 'Your picture.'],
    ['train', 'train?source=pictures', '.own-class', '1 picture'],
  ])(
    '%s refuses what is not a picture, each in a sentence, and takes the next that is one',
    async (name, hash, at, good) => {
      const { page, complaints, close } = await visit(here.browser, here.lab, hash)
      if (name === 'train') {
        await page.getByLabel('Name of a new class').fill('sun')
        await page.getByRole('button', { name: 'Add class' }).click()
      }
      const input = page.locator(`${at} input[type="file"]`)
      for (const [what, file] of pictures) {
        await input.setInputFiles({ ...file, mimeType: 'image/png' })
        const sentence = what === '100 megapixels' ? /100 megapixels/ : /not a picture/
        await page.getByRole('alert').filter({ hasText: sentence }).waitFor()
      }
      await input.setInputFiles({ name: 'own.png', mimeType: 'image/png', buffer: png(60, 40) })
      await page.getByText(good).first().waitFor()
      expect(await page.getByRole('alert').count()).toBe(0)
      expect(complaints).toEqual([])
      await close()
    },
  )

  const onnx = Buffer.from(encodeOnnx(exportOnnx(models.LeNet5().initialize(3), [1, 28, 28, 1])))
  const broken = [
    ['note.onnx', note, 'damaged or is not what its name says'],
    ['half.onnx', onnx.subarray(0, onnx.length / 2), 'damaged or is not what its name says'],
    ['notes.txt', note, 'None of these files is a model'],
  ] as const

  test.each(['shapes', 'inside'])(
    '%s refuses what is no model, each in a sentence, and takes the next that is one',
    async (hash) => {
      const { page, complaints, close } = await visit(here.browser, here.lab, hash)
      if (hash === 'inside') await page.getByRole('button', { name: 'A model of your own' }).click()
      const input = page.locator('input[type="file"][accept*=".onnx"]')
      for (const [name, buffer, sentence] of broken) {
        await input.setInputFiles({ name, mimeType: 'application/octet-stream', buffer })
        await page.getByRole('alert').filter({ hasText: sentence }).waitFor()
      }
      await input.setInputFiles({ name: 'lenet.onnx', mimeType: 'application/octet-stream', buffer: onnx })
      await page.getByText('lenet.onnx, from your machine.').waitFor()
      expect(await page.getByRole('alert').count()).toBe(0)
      expect(complaints).toEqual([])
      await close()
    },
  )

  test('filters says so when the camera is refused, and works on', async () => {
    const { page, close } = await visit(here.browser, here.lab, 'filters')
    await page.getByRole('button', { name: 'Use the camera' }).click()
    await page.getByRole('alert').filter({ hasText: 'The camera could not be used' }).waitFor()
    await page.getByLabel('Which picture').selectOption('rings')
    await page.waitForFunction(() => document.querySelector<HTMLCanvasElement>('canvas.after')?.width === 320)
    await close()
  })
})
