// How many frames a second the view Filters draws.

import { encodePng } from 'convoke-workbench'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { canOpenPages, labInBrowser, walker } from '../lab.ts'
import { withOthers } from './machine.ts'

describe.runIf(canOpenPages())('Filters', () => {
  const here = labInBrowser()
  const walk = walker(here, '.facts li')

  /** Frames in the best second of some, in each of which a result was drawn; and frames of the page in a second in which it rests. */
  const framesOf = (page: Page, change: 'pixel' | 'kernel'): Promise<{ drawn: number; rest: number }> =>
    page.evaluate(async (what) => {
      const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))
      const best = (times: readonly number[]): number =>
        times.reduce((most, time, i) => Math.max(most, times.filter((t, j) => j >= i && t < time + 1000).length), 0)
      const resting: number[] = []
      for (let i = 0; i < 90; i++) resting.push(await frame())
      let fresh = false
      const after = document.querySelector<HTMLCanvasElement>('canvas.after')!
      const put = CanvasRenderingContext2D.prototype.putImageData
      CanvasRenderingContext2D.prototype.putImageData = function (...given: unknown[]) {
        if (what === 'kernel' && this.canvas === after) fresh = true
        return Reflect.apply(put, this, given)
      }
      const numbers = new MutationObserver(() => {
        if (what === 'pixel') fresh = true
      })
      numbers.observe(document.querySelector('.probe-parts')!, { subtree: true, characterData: true, attributes: true })
      const times: number[] = []
      const box = document.querySelector('.picture-box')!
      const strength = document.querySelector<HTMLInputElement>('.parameter input[type="range"]')!
      const start = performance.now()
      for (let i = 0; performance.now() - start < 2500; i++) {
        if (what === 'pixel')
          box.dispatchEvent(new KeyboardEvent('keydown', { key: i % 2 ? 'ArrowLeft' : 'ArrowRight', bubbles: true }))
        else {
          strength.value = String(0.4 + (i % 3) / 10)
          strength.dispatchEvent(new Event('input', { bubbles: true }))
        }
        const at = await frame()
        if (fresh) times.push(at)
        fresh = false
      }
      CanvasRenderingContext2D.prototype.putImageData = put
      numbers.disconnect()
      return { drawn: best(times), rest: best(resting) }
    }, change)

  // Held to it where a page at rest has its sixty frames and others leave it the machine; a second seldom begins with a frame.
  const wanted = 59
  const mostOthers = 0.05
  const tries = 8

  test('slides and filters 512 × 512 with a 5 × 5 kernel at 60 frames a second (measured, printed)', () =>
    walk('filters?chain=gaussian:0.5&pixel=200,200', async (page) => {
      const data = Uint8Array.from({ length: 3 * 512 ** 2 }, (_, i) => (i * i * 31 + i * 7) % 256)
      const buffer = Buffer.from(await encodePng({ width: 512, height: 512, channels: 3, data }))
      await page.locator('input[type="file"]').setInputFiles({ name: 'own.png', mimeType: 'image/png', buffer })
      await page.waitForFunction(() => document.querySelector<HTMLCanvasElement>('canvas.after')?.width === 512)
      await page.waitForSelector('[data-name="kernel"] > span:nth-child(25)')
      for (const change of ['pixel', 'kernel'] as const) {
        let best = { drawn: 0, rest: 0, others: 0, fair: false }
        for (let i = 0; i < tries && best.drawn < wanted; i++) {
          const { result, others } = await withOthers(() => framesOf(page, change))
          const fair = result.rest >= wanted && others <= mostOthers
          // A fair measurement counts before one that is not, and then the better one.
          if (fair > best.fair || (fair === best.fair && result.drawn > best.drawn)) best = { ...result, others, fair }
        }
        const { drawn, rest, others, fair } = best
        const facts = (await page.locator('.facts').textContent()) ?? ''
        const told = `${rest} of a page at rest, ${Math.round(100 * others)}% of the machine taken by others`
        console.log(
          `512 × 512 by 5 × 5, another ${change} each frame: ${drawn} frames in the best second (${told}${fair ? '' : ': no fair measurement'}); ${facts}`,
        )
        expect(drawn).toBeGreaterThan(0)
        if (fair) expect(drawn).toBeGreaterThanOrEqual(wanted)
      }
    }))
})
