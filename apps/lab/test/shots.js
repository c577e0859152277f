// `npm run lab:shots [-- NAME…]`: every view in both languages, both themes and three widths, as PNG files in out/lab-shots.

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const out = `${root}out/lab-shots`
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** What is shown, by name: the address behind the hash. */
const scenes = {
  home: '',
  slide: 'slide',
  'slide-padded': 'slide?size=6x6&kernel=3x3&padding=1,1,1,1&edge=mirror&w=-1,0,1,-2,0,2,-1,0,1&at=8',
  'slide-dilated': 'slide?size=8x8&kernel=3x3&dilation=2,2&stride=2,2&padding=2,2,2,2&flip=1&at=4',
  'slide-channels': 'slide?channels=4,4&groups=2&kernel=3x3&padding=1,1,1,1&at=6&channel=3',
  'slide-transposed': 'slide?size=3x3&kind=transposed&stride=2,2&kernel=3x3&padding=1,1,1,1&at=6',
  'slide-1d': 'slide?axes=1&x=3,4,5,6,5&w=-1,1&edge=wrap&padding=2,1',
  'slide-misfit': 'slide?size=2x2&kernel=5x5',
  filters: 'filters',
  'filters-chain': 'filters?sample=shapes&chain=gaussian:2|laplacian&grey=1&pixel=90,195',
  'filters-own': 'filters?sample=rings&chain=own&pixel=40,100',
  shapes: 'shapes',
  'shapes-dilated':
    'shapes?net=96x96x3: conv 16 3x3 psame, relu, conv 16 3x3 psame d2, relu, conv 16 3x3 psame d4&layer=5&place=0.1,0.9&sample=rings',
  'shapes-misfit': 'shapes?net=28x28x1: conv 8 5x5, relu, maxpool 2, linear 10, relu&layer=4',
  'shapes-broken': 'shapes?net=hello&seed=x&model=net.onnx',
  train: 'train',
  'train-drawings': 'train?source=drawings',
  'train-pictures': 'train?source=pictures',
  'train-broken': 'train?kernel=9',
  inside: 'inside',
  'inside-deep': 'inside?layer=9&map=5&pic=6',
  'inside-linear': 'inside?layer=13&map=8&class=3&cam=7&pic=8',
  'inside-broken': 'inside?net=hello&layer=x&model=net.onnx',
  text: 'text',
  'text-many': 'text?lang=en&windows=1,2,3,4,5&maps=8&steps=20&filter=40',
  'text-unknown': 'text?lang=en&text=a+Kafkaesque+film%2C+but+not+bad',
  'text-empty': 'text?text=',
  segment: 'segment',
  'segment-compare': 'segment?skips=both&depth=2',
  'slide-broken': 'slide?size=900x5&kernel=abc',
}

const sizes = [
  [360, 780],
  [768, 1024],
  [1440, 900],
]

if (!existsSync(executablePath)) {
  console.error(`lab:shots: there is no ${executablePath}. apt-get install chromium, or set CHROMIUM.`)
  process.exit(1)
}

/** A network that has learned something, standing still. */
async function trained(page) {
  const button = page.locator('.run-panel .primary:not(:disabled)')
  await button.click()
  await page.waitForTimeout(3000)
  await button.click()
  await page.waitForSelector('.run-panel [data-phase="paused"]')
  await page.waitForTimeout(500)
}

const wanted = process.argv.slice(2)
const names = Object.keys(scenes).filter((name) => wanted.length === 0 || wanted.includes(name))
const lab = spawn(process.execPath, [`${root}packages/cli/bin/convoke.js`, 'lab', '--no-open', '--json'])
const read = async () => {
  let text = ''
  for await (const line of createInterface(lab.stdout)) {
    text += line
    if (line.startsWith('}')) return JSON.parse(text).url
  }
  throw new Error('the lab did not start; run `npm run build` first')
}

try {
  const url = await read()
  mkdirSync(out, { recursive: true })
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  for (const locale of ['en', 'zh']) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({
        ...{ locale: locale === 'zh' ? 'zh-CN' : 'en-GB', colorScheme, reducedMotion: 'reduce' },
      })
      const page = await context.newPage()
      for (const [width, height] of sizes) {
        await page.setViewportSize({ width, height })
        for (const name of names) {
          await page.goto('about:blank')
          await page.goto(`${url}#/${scenes[name]}`)
          await page.waitForSelector('h1')
          // Miniatures come one after the other.
          await page.waitForTimeout(name === 'home' ? 4000 : name.startsWith('shapes') ? 1500 : 500)
          if (name === 'train' || name.startsWith('segment')) await trained(page)
          // Networks learn first.
          if (name.startsWith('text') || name.startsWith('inside')) await page.waitForTimeout(6000)
          await page.screenshot({ path: `${out}/${name}-${width}-${locale}-${colorScheme}.png`, fullPage: true })
        }
      }
      await context.close()
    }
  }
  await browser.close()
  console.log(`${names.length * 12} pictures in ${out}`)
} finally {
  lab.kill()
}
