// The first ten minutes of a stranger, as the guide has them: in an empty folder, with the packed packages.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest'
import {
  type Archives,
  atRoot,
  browserPath,
  install,
  packInto,
  run,
  textInPage,
  withServer,
} from '../tools/packed-project.ts'

const packed = mkdtempSync(join(tmpdir(), 'packed-'))
const folder = mkdtempSync(join(tmpdir(), 'first-ten-minutes-'))
const at = (path: string): string => join(folder, path)
afterAll(() => {
  for (const made of [packed, folder]) rmSync(made, { recursive: true, force: true })
}, 600_000)

/** The blocks of code under each heading of the guide. */
const sections = new Map(
  readFileSync(atRoot('docs/guides/first-ten-minutes.md'), 'utf8')
    .split(/^## /m)
    .map((text) => [text.split('\n')[0], [...text.matchAll(/^```(\w+)[^\n]*\n(.*?)^```$/gms)]] as const),
)

let archives: Archives = {}
beforeAll(async () => {
  archives = await packInto(packed)
}, 300_000)

/** Why the rest of the guide cannot be followed here. */
let stopped: string | undefined

/** Runs a line of the guide, and gives what it prints. */
async function follow(line: string): Promise<string> {
  if (line.startsWith('npm install ')) {
    const words = line.split(' ').slice(2)
    stopped = await install(
      folder,
      words.flatMap((word) => archives[word] ?? word),
    )
    return ''
  }
  const ran = await run('sh', ['-c', line], { cwd: folder })
  expect(ran.code, `${line}\n${ran.stdout}\n${ran.stderr}`).toBe(0)
  return ran.stdout
}

/** Writes the files of a section and runs its commands in their order, up to a server that it starts. Gives what they print. */
async function followSection(heading: string): Promise<string> {
  let said = ''
  for (const [, language, code] of sections.get(heading)!) {
    const [, path] = /^(?:\/\/|<!--) (\S+\.\w+)/.exec(code) ?? []
    if (path !== undefined) {
      mkdirSync(dirname(at(path)), { recursive: true })
      writeFileSync(at(path), code)
    }
    for (const line of language === 'sh' ? code.trim().split('\n') : []) {
      if (stopped !== undefined || line.startsWith('npx next start')) return said
      said += await follow(line)
    }
  }
  return said
}

/** A test of a section, which is skipped once npm has not reached its registry. */
const step = (
  heading: string,
  name: string,
  check: (said: string, skip: TestContext['skip']) => Promise<void> | void,
): void =>
  it(`${heading}: ${name}`, async ({ skip }) => {
    const said = stopped === undefined ? await followSection(heading) : ''
    skip(stopped !== undefined, stopped)
    await check(said, skip)
  }, 900_000)

const rawOf = (path: string) => sharp(at(path)).raw().toBuffer({ resolveWithObject: true })

step('Install', 'puts the packages and the command in place', () => {
  for (const name of ['convoke', 'convoke-cli', 'sharp', 'tsx'])
    expect(existsSync(at(`node_modules/${name}`))).toBe(true)
})

step('Filter a picture', 'by the command and by a program', async (said) => {
  expect(said).toMatch(/^\d+×\d+ on (native|wasm)$/m)
  const [before, after, outline] = await Promise.all(['out/soft.png', 'sharper.png', 'out/outline.png'].map(rawOf))
  expect([after.info.width, after.info.height]).toEqual([before.info.width, before.info.height])
  expect(outline.data.some((value) => value > 200)).toBe(true)
})

step('Train on a folder', 'by the command and by a program', (said) => {
  expect(existsSync(at('runs/photos/report.html'))).toBe(true)
  const [, accuracy] = /on the test pictures:.*accuracy: ([\d.]+)/s.exec(said) ?? []
  expect(Number(accuracy)).toBeGreaterThan(0.7)
  expect(existsSync(at('digits.safetensors'))).toBe(true)
})

step('A page with Vite', 'is built and computes in the browser', async (_, skip) => {
  skip(browserPath === undefined, 'there is no Chromium (apt-get install chromium, or set CHROMIUM)')
  const vite = ['node_modules/vite/bin/vite.js', 'preview', 'page']
  const text = await withServer(folder, vite, (url) => textInPage(url, '[role=status]'))
  expect(text).toBe('computed on wasm')
})

step('A route of Next.js', 'is built and answers with edges', async () => {
  const curl = sections.get('A route of Next.js')!.flatMap(([, , code]) => code.match(/^curl .*$/gm) ?? [])
  expect(curl).toHaveLength(1)
  const next = ['node_modules/next/dist/bin/next', 'start', 'web']
  await withServer(folder, next, (url) => follow(curl[0].replace('http://localhost:3000', url)))
  const [before, after] = await Promise.all(['out/soft.png', 'from-server.png'].map(rawOf))
  expect([after.info.width, after.info.height]).toEqual([before.info.width, before.info.height])
  expect(new Set(after.data).size).toBeGreaterThan(50)
})
