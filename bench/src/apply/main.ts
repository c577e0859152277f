// `convoke apply` on twelve megapixels, JPEG to JPEG, whole processes, in turns with sharp and with OpenCV where Python has it.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { check } from 'convoke/shapes'
import sharp from 'sharp'
import { findPython } from '../peers/python.ts'
import { columns } from '../report/columns.ts'
import { say } from '../report/say.ts'
import { median } from '../statistics.ts'
import { type ApplyCase, applyCases, asked } from './cases.ts'
import { type Spent, timed } from './process.ts'

const [width, height] = [4000, 3000]
const command = fileURLToPath(new URL('../../packages/cli/bin/convoke.js', import.meta.url))
const sharpModule = createRequire(import.meta.url).resolve('sharp')

const opencvScript = `
import sys, cv2, numpy as np
source, target, sigma, side, kernel = sys.argv[1:]
image = cv2.imread(source)
if float(sigma) > 0:
    result = cv2.GaussianBlur(image, (int(side), int(side)), float(sigma), borderType=cv2.BORDER_REFLECT)
else:
    rows = np.array([row.split() for row in kernel.split(';')], np.float32)
    result = cv2.filter2D(image, -1, rows, borderType=cv2.BORDER_REFLECT)
cv2.imwrite(target, result, [cv2.IMWRITE_JPEG_QUALITY, 92])
`

const sharpScript = `
const sharp = require(process.argv[1])
const [source, target, blur, kernel] = process.argv.slice(2)
const rows = kernel.split(';').map((row) => row.trim().split(' ').map(Number))
const image = sharp(source)
const filtered = Number(blur) > 0
  ? image.blur(Number(blur))
  : image.convolve({ width: rows[0].length, height: rows.length, kernel: rows.flat() })
filtered.jpeg({ quality: 92, chromaSubsampling: '4:4:4' }).toFile(target)
`

/** Smooth areas, edges and grain, as photographs have them: noise of several sizes, the same in every run. */
async function makePicture(path: string): Promise<void> {
  let state = 1
  const noise = (w: number, h: number, low: number, high: number): Promise<Buffer> => {
    const pixels = Buffer.alloc(w * h * 3)
    for (let i = 0; i < pixels.length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
      pixels[i] = low + ((state >> 16) % (high - low))
    }
    const raw = { width: w, height: h, channels: 3 } as const
    return sharp(pixels, { raw }).resize(width, height, { kernel: 'cubic' }).raw().toBuffer()
  }
  const large = await noise(16, 12, 20, 236)
  const fine = await noise(1000, 750, 0, 64)
  for (let i = 0; i < large.length; i++) large[i] = Math.min(255, Math.max(0, large[i] + fine[i] - 32))
  await sharp(large, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 92 })
    .toFile(path)
}

/** The numbers of a kernel, for the peers. */
function numbersOf({ kernel }: ApplyCase): string {
  if (/[\s;]/.test(kernel)) return kernel
  const found = JSON.parse(execFileSync(process.execPath, [command, 'kernels', kernel, '--json'], { encoding: 'utf8' }))
  return (found[0].kernel as number[][]).map((row) => row.join(' ')).join('; ')
}

interface Row {
  readonly task: ApplyCase
  readonly own: readonly Spent[]
  readonly sharp: readonly Spent[]
  readonly opencv: readonly Spent[]
}

async function measure(task: ApplyCase, folder: string, python: string | undefined, turns: number): Promise<Row> {
  const [source, target] = [join(folder, 'in.jpg'), join(folder, 'out.jpg')]
  const numbers = numbersOf(task)
  const row = { task, own: [] as Spent[], sharp: [] as Spent[], opencv: [] as Spent[] }
  const blur = typeof task.sharp === 'object' && task.sharp !== null ? String(task.sharp.blur) : '0'
  const { sigma, side } = task.opencv === 'filter2D' ? { sigma: 0, side: 0 } : task.opencv
  for (let turn = 0; turn < turns; turn++) {
    row.own.push(await timed(process.execPath, [command, 'apply', source, '--kernel', task.kernel, '-o', target]))
    if (task.sharp !== null)
      row.sharp.push(await timed(process.execPath, ['-e', sharpScript, sharpModule, source, target, blur, numbers]))
    if (python !== undefined)
      row.opencv.push(await timed(python, ['-c', opencvScript, source, target, String(sigma), String(side), numbers]))
  }
  return row
}

const seconds = (spent: readonly Spent[]): number => median(spent.map((one) => one.seconds))
const megabytes = (spent: readonly Spent[]): number => median(spent.map((one) => one.megabytes ?? Number.NaN))
const shown = (value: number, digits: number): string => (Number.isNaN(value) ? '–' : value.toFixed(digits))

function verdict({ task, own, sharp: peer }: Row): string {
  const misses = [
    ...(seconds(own) <= asked.seconds ? [] : [`${asked.seconds} s`]),
    ...(megabytes(own) > asked.megabytes ? [`${asked.megabytes} MB`] : []),
    ...(task.beatsSharp && !(seconds(own) < seconds(peer)) ? ['faster than sharp'] : []),
  ]
  return misses.length === 0 ? 'reached' : `not reached: ${misses.join(', ')}`
}

const lines = (rows: readonly Row[]): string[] =>
  columns([
    ['4000×3000, JPEG to JPEG', 'Convoke, s', 'MB', 'sharp, s', 'MB', 'OpenCV, s', 'MB', 'asked: 0.8 s, 250 MB'],
    ...rows.map((row) => [
      row.task.name,
      ...[row.own, row.sharp, row.opencv].flatMap((spent) => [shown(seconds(spent), 2), shown(megabytes(spent), 0)]),
      verdict(row),
    ]),
  ])

/** Runs the benchmark; `filter` chooses among the cases by name. */
export async function apply(filter: string | undefined, quick: boolean): Promise<void> {
  const cases = applyCases.filter(({ name }) => filter === undefined || new RegExp(filter, 'i').test(name))
  check(cases.length > 0, () => `bench: no case matches --filter ${JSON.stringify(filter)}.`)
  const [python] = findPython('cv2') ?? []
  const folder = mkdtempSync(join(tmpdir(), 'convoke-bench-'))
  try {
    await makePicture(join(folder, 'in.jpg'))
    const rows: Row[] = []
    for (const task of cases) {
      say(task.name)
      rows.push(await measure(task, folder, python, quick ? 1 : 5))
    }
    process.stdout.write(`${lines(rows).join('\n')}\n`)
    if (python === undefined) process.stdout.write('OpenCV: no Python here has cv2.\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
