import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bundleOf, withoutOwnFrames } from './own-frames.ts'

const own = 'file:///app/node_modules/convoke/dist/for-node/'
const frames = [
  `check (${own}chunk-A.js:12:21)`,
  'Array.map (<anonymous>)',
  `conv2d (${own}chunk-B.js:7:1)`,
  'loss (file:///app/train.js:3:9)',
  `gradients (${own}chunk-A.js:1:1)`,
  'main (file:///app/train.js:9:1)',
]
const stackOf = (...list: string[]): string => ['ConvokeError: no.\nNever', ...list].join('\n    at ')

describe('the stack of a refusal', () => {
  it('begins at the first frame that is not of the library, and keeps those behind it', () => {
    expect(withoutOwnFrames(stackOf(...frames), own, 10)).toBe(stackOf(...frames.slice(3)))
    expect(withoutOwnFrames(stackOf(...frames), own, 2)).toBe(stackOf(frames[3], frames[4]))
  })
  it('stays where there is nothing else', () => {
    expect(withoutOwnFrames(stackOf(frames[0], frames[2]), own, 1)).toBe(stackOf(frames[0]))
  })
  it('is cut for the published bundle alone, not for one that holds the code of others, too', () => {
    expect(bundleOf(stackOf(frames[0], frames[3]))).toBe(own)
    expect(bundleOf(stackOf('conv2d (file:///app/dist/main.js:7:1)', frames[0]))).toBe(undefined)
    expect(bundleOf(undefined)).toBe(undefined)
  })

  const bundle = new URL('../../../../../dist/for-node/index.js', import.meta.url)
  it.skipIf(!existsSync(bundle))('begins in the code of whoever called the library', () => {
    const folder = mkdtempSync(join(tmpdir(), 'frames-'))
    const program = join(folder, 'program.mjs')
    writeFileSync(
      program,
      `import { conv2d, gradients, ones, sum } from ${JSON.stringify(bundle.href)}
      function loss() { return sum(conv2d(ones([1, 3, 8, 8]), ones([3, 3, 3, 4]))) }
      try { gradients(loss, []) } catch (error) { console.log(error.stack + ' ' + Error.stackTraceLimit) }`,
    )
    const said = execFileSync(process.execPath, [program], { encoding: 'utf8' })
    rmSync(folder, { recursive: true })
    const [message, first] = said.split('\n    at ')
    expect(message).toContain('If its channels come first, use toChannelsLast(x).')
    expect(first).toMatch(/^loss \(.*program\.mjs:2:/)
    expect(said).toMatch(/ 10\n$/)
  })
})
