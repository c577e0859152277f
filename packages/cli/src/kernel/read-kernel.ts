// What `--kernel` accepts: a gallery name, numbers, or a file of them (.txt, .csv, .json).

import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { refusePipe } from 'convoke/files'
import { check } from 'convoke/shapes'
import { checkSide, fromGallery, type Kernel, looksLikeName, type Matrix, unknownKernel } from 'convoke-workbench'
import { asUsage, UsageError } from '../errors.ts'
import { fileProblem } from '../file-problem.ts'
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
  const what = `kernel file ${argument}`
  return [describe(nameOf(argument), await readMatrixFile(argument, what), what)]
}

/** Numbers typed on the command line, perhaps with a slip in them: rows parted by `;`, or nothing but what numbers are made of. */
const isInline = (text: string): boolean =>
  text === '' || /;/.test(text) || /^[\d\s.,/+-]+(e[+-]?\d+[\d\s.,/+-]*)*$/i.test(text)

/** A matrix from numbers typed as `text`, or from the file of that name. `noun` says what it is: `input`. */
export async function readMatrix(text: string, noun: string): Promise<Matrix> {
  const what = `${noun} "${text}"`
  if (isInline(text.trim()) || !/[./\\]/.test(text)) return asUsage(() => parseMatrix(text, what))
  return await readMatrixFile(text, `${noun} file ${text}`)
}

async function readMatrixFile(path: string, what: string): Promise<Matrix> {
  let text: string
  try {
    const found = await stat(path)
    // What a shell opened, as by <(…), has someone who writes to it.
    if (!/^\/(dev\/(fd\/|stdin$)|proc\/)/.test(path)) refusePipe(path, found)
    check(
      found.size <= largestFile,
      () => `${what} has ${found.size} bytes; numbers like these fit in far fewer. Is it the right file?`,
    )
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw fileProblem(error, what)
  }
  return extname(path).toLowerCase() === '.json' ? parseMatrixJson(text, what) : parseMatrix(text, what)
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
