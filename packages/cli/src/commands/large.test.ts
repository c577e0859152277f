// A large photograph: bounded memory, a progress bar on a terminal, nothing left behind by an interrupt.

import { execFile, spawn, spawnSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { bin, folder } from '../../test/run.ts'

/** util-linux's `script` gives the command a terminal of its own. */
const hasScript = spawnSync('script', ['--version']).status === 0

const photograph = (width: number, height: number, path: string) =>
  sharp({
    create: { width, height, channels: 3, background: 'white', noise: { type: 'gaussian', mean: 128, sigma: 30 } },
  })
    .jpeg()
    .toFile(path)

/** Writes the most memory that the process ever held, in KiB, to `rss`. */
const measured = `data:text/javascript,${encodeURIComponent(
  'import { writeFileSync } from "node:fs"; process.on("exit", () => writeFileSync("rss", String(process.resourceUsage().maxRSS)))',
)}`

describe('a photograph of 12 megapixels', () => {
  it.runIf(hasScript)(
    'goes through a 5 × 5 kernel in bounded memory, with a progress bar on a terminal',
    async () => {
      const cwd = await folder()
      await photograph(4000, 3000, join(cwd, 'photo.jpg'))
      const onTerminal = (line: string) =>
        new Promise<string>((resolve, reject) => {
          const command = `'${process.execPath}' --import "${measured}" '${bin}' apply photo.jpg ${line}`
          execFile('script', ['-qec', command, '/dev/null'], { cwd, maxBuffer: 2 ** 26 }, (error, stdout) =>
            error === null ? resolve(stdout) : reject(error),
          )
        })
      // One small kernel may be done before a bar is worth showing.
      const many = await onTerminal('-k gaussian:20 -k gabor -k log -k motion:61,30 --linear -o many/')
      expect(many).toMatch(/\[[^\]]*\] +\d+% · .* left/)
      const seen = await onTerminal('--kernel pyramid:5 -o soft.jpg')
      expect(seen).toMatch(/soft\.jpg {2}4000 × 3000/)
      const { width, height } = await sharp(join(cwd, 'soft.jpg')).metadata()
      expect([width, height]).toEqual([4000, 3000])
      // Two copies of the samples (72 MB) and what Node and libvips need; as floats the picture alone has 144 MB a copy.
      expect(Number(await readFile(join(cwd, 'rss'), 'utf8')) / 1024).toBeLessThan(450)
    },
    120_000,
  )
})

describe('an interrupt', () => {
  it('leaves neither a result nor a temporary file, and says so by its exit code', async () => {
    const cwd = await folder()
    await photograph(5000, 4000, join(cwd, 'photo.jpg'))
    const child = spawn(process.execPath, [bin, 'apply', 'photo.jpg', '-k', 'log:5', '-o', 'out.png'], {
      cwd,
      stdio: 'ignore',
    })
    const ended = new Promise((resolve) => child.once('close', resolve))
    await sleep(1500)
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    expect(await readdir(cwd)).toEqual(['photo.jpg'])
  })
})
