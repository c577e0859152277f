// The built folder on other hosts, and what happens when its worker is lost.

import { existsSync } from 'node:fs'
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
