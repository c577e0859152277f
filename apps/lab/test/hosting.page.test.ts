// The built folder on other hosts, what it weighs, how soon it answers, and what happens when its worker is lost.

import { existsSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { serveLab } from '../../../packages/cli/src/lab/serve.ts'
import { builtLab, canOpenPages, labInBrowser, outputNumbers, visit } from './lab.ts'
import { plainHost } from './plain-host.ts'

describe.runIf(canOpenPages())('The built lab', () => {
  const here = labInBrowser()

  test('is isolated when `convoke lab` serves it, and no script or request leads elsewhere', async () => {
    const { page, complaints, close } = await visit(here.browser, here.lab, 'slide')
    await outputNumbers(page)
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    const refused = await page.evaluate(async () => {
      const inline = document.createElement('script')
      inline.textContent = 'globalThis.ran = true'
      document.body.append(inline)
      const sent = await fetch('http://example.com/').then(
        () => 'sent',
        () => 'refused',
      )
      return { ran: 'ran' in globalThis, sent }
    })
    expect(refused).toEqual({ ran: false, sent: 'refused' })
    // The two attempts above, each refused by the policy.
    expect(complaints.filter((text) => !/Content Security Policy|example\.com/.test(text))).toEqual([])
    await close()
  })

  test('works from a plain host under any path, on one thread', async () => {
    const host = await plainHost()
    const { page, complaints, close } = await visit(here.browser, host, 'slide')
    expect((await outputNumbers(page))[3]).toEqual(['38', '40', '42', '44'])
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false)
    expect(complaints).toEqual([])
    await close()
    await host.close()
  })

  /** Milliseconds from the navigation until `selector` is there, by the page's own clock, and its scripts' compressed sizes. */
  async function firstView(hash: string, selector: string, answered: string) {
    const context = await here.browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce' })
    const page = await context.newPage()
    const client = await context.newCDPSession(page)
    await client.send('Emulation.setCPUThrottlingRate', { rate: 4 })
    await page.addInitScript((wanted) => {
      const page = globalThis as unknown as { seen?: number }
      new MutationObserver(() => {
        if (document.querySelector(wanted) !== null) page.seen ??= performance.now()
      }).observe(document, { childList: true, subtree: true })
    }, selector)
    const scripts = new Map<string, Promise<number>>()
    context.on('response', (response) => {
      const url = response.url()
      if (!url.endsWith('.js')) return
      scripts.set(
        url,
        response.body().then((body) => gzipSync(body).length),
      )
    })
    await page.goto(`${here.lab.url}#/${hash}`)
    await page.waitForFunction(
      (wanted) => [...document.querySelectorAll(wanted)].some((element) => element.textContent !== ''),
      answered,
    )
    const interactive = await page.evaluate(() => (globalThis as unknown as { seen: number }).seen)
    // Those that have come by now: miniatures go on loading.
    const loaded = [...scripts.keys()]
    const sizes = await Promise.all(scripts.values())
    // What stands below the first screen comes after it.
    const later = /\/(quiz|take)-/
    const bytes = loaded.reduce((sum, url, i) => sum + (later.test(url) ? 0 : sizes[i]), 0)
    await context.close()
    return { interactive, bytes }
  }

  test.each([
    ['the first page', '', '.miniature a', '.mini-output text'],
    ['Slide', 'slide', '.part-input input', '.output-grid .value'],
  ])(
    '%s answers within 2 s at a quarter of the speed, from less than 150 KB of compressed script',
    async (name, hash, selector, answered) => {
      // Other work on the machine counts against the page: the best of a few is nearest to it.
      const visits: Awaited<ReturnType<typeof firstView>>[] = []
      do visits.push(await firstView(hash, selector, answered))
      while (visits.length < 6 && visits.every(({ interactive }) => interactive >= 2000))
      const interactive = Math.min(...visits.map((one) => one.interactive))
      const { bytes } = visits[0]
      console.log(`${name}: interactive after ${interactive.toFixed(0)} ms, ${(bytes / 1000).toFixed(1)} KB of script`)
      expect(bytes).toBeLessThan(150_000)
      expect(bytes).toBeGreaterThan(100_000)
      expect(interactive).toBeLessThan(2000)
    },
  )

  test('asks again of a new worker when the first is lost, and says so when none starts', async () => {
    const context = await here.browser.newContext({ locale: 'en-GB' })
    const page = await context.newPage()
    let lost = 0
    let broken = true
    await page.route('**/assets/worker-*.js', async (route) => {
      if (!broken) return route.continue()
      lost++
      await route.abort()
    })
    await page.goto(`${here.lab.url}#/slide`)
    await page.getByLabel('Kernel, row 1, column 2').fill('2')
    const notice = page.getByRole('alert').filter({ hasText: 'has stopped' })
    await notice.waitFor()
    expect(lost).toBeGreaterThanOrEqual(1)
    broken = false
    await notice.getByRole('button').click()
    // 1 + 2·2 + 7: what was entered is still there.
    expect((await outputNumbers(page))[0]).toEqual(['12', '16', '20', '24'])
    await notice.waitFor({ state: 'detached' })
    await context.close()
  })
})

test.runIf(existsSync(builtLab))('The server of `convoke lab` finds the built lab', async () => {
  const served = await serveLab(builtLab, 0)
  expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:/)
  await served.close()
})
