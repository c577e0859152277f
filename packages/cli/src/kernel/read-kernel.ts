// What `--kernel` accepts: a gallery name, numbers, or a file of them (.txt, .csv, .json).

import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { check } from 'convoke/shapes'
import { asUsage, UsageError } from '../errors.ts'
import { checkSide, fromGallery, type Kernel, looksLikeName, unknownKernel } from '../gallery/gallery.ts'
import type { Matrix } from '../gallery/gallery-kernel.ts'
import { fileProblem } from '../picture/file-problem.ts'
import { parseMatrix, parseMatrixJson } from './matrix-text.ts'

const largestFile = 16 * 2 ** 20

/** The kernels one `--kernel` names: one, or two for a pair such as `sobel`. Refusals are `UsageError`s for what was typed, `ConvokeError`s for what a file holds. */
export async function readKernel(argument: string): Promise<readonly Kernel[]> {
  const text = argument.trim()
  const named = asUsage(() => (looksLikeName(text) ? fromGallery(text) : undefined))
  if (named !== undefined) return named
  if (isInline(text)) {
    const rows = asUsage(() => parseMatrix(text, `kernel "${text}"`))
    return [describe('kernel', rows, `kernel "${text}"`)]
  }
  const exists = await stat(argument).then(
    () => true,
    () => false,
  )
  if (!exists && looksLikeName(text) && extname(text) === '') throw new UsageError(unknownKernel(text).message)
  if (!exists && !/[./\\]/.test(text)) asUsage(() => parseMatrix(text, `kernel "${text}"`))
  return [await readKernelFile(argument)]
}

/** Numbers typed on the command line, perhaps with a slip in them: rows parted by `;`, or nothing but what numbers are made of. */
const isInline = (text: string): boolean =>
  text === '' || /;/.test(text) || /^[\d\s.,/+-]+(e[+-]?\d+[\d\s.,/+-]*)*$/i.test(text)

async function readKernelFile(path: string): Promise<Kernel> {
  const what = `kernel file ${path}`
  let text: string
  try {
    const { size } = await stat(path)
    check(size <= largestFile, () => `${what} has ${size} bytes; a kernel fits in far fewer. Is it the right file?`)
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw fileProblem(error, what)
  }
  const isJson = extname(path).toLowerCase() === '.json'
  return describe(nameOf(path), isJson ? parseMatrixJson(text, what) : parseMatrix(text, what), what)
}

const nameOf = (path: string): string => path.replace(/^.*[/\\]/, '').replace(/\.[^.]*$/, '')

function describe(name: string, rows: Matrix, what: string): Kernel {
  checkSide(what, rows)
  return Object.freeze({ name, rows, signed: isSigned(rows) })
}

/** Whether flat areas come out at zero or below, so that results lie on both sides of it. */
export function isSigned(rows: Matrix): boolean {
  const values = rows.flat()
  const gain = values.reduce((total, value) => total + Math.abs(value), 0)
  const sum = values.reduce((total, value) => total + value, 0)
  return values.some((value) => value < 0) && sum <= 1e-9 * gain
}
