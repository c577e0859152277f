// What a user names to be read: files, folders, patterns; texts.

import { existsSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { data } from 'convoke'
import { folderSource, readBytes } from 'convoke/node'
import { ConvokeError, check } from 'convoke/shapes'
import { glob, isDynamicPattern } from 'tinyglobby'
import { asUsage } from '../errors.ts'
import { fileProblem } from '../file-problem.ts'
import { complain, printNotes } from '../terminal/output.ts'
import type { RunConfig } from '../training/config.ts'
import type { OpenOptions } from '../training/data/opened.ts'
import { isPictureName, textOf } from '../training/data/table.ts'

const inOrder = (paths: readonly string[]): string[] =>
  [...new Set(paths)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))

/** What one input names: a file, the pictures of a folder, those that fit a pattern. Throws `ConvokeError` where it names none. */
async function picturesOf(input: string): Promise<readonly string[]> {
  if (existsSync(input)) {
    if (!statSync(input).isDirectory()) return [input]
    const listing = await data.listFiles(folderSource(input))
    printNotes(data.clutterNotes(input, listing))
    for (const problem of listing.unreadable) complain(problem)
    if (listing.unreadable.length > 0) process.exitCode = 1
    const pictures = listing.paths.filter((path) => isPictureName(path) || data.unreadFormat(path) !== null)
    check(pictures.length > 0, () => `${input}: the folder has no pictures.`)
    return pictures.map((path) => join(input, path))
  }
  if (!isDynamicPattern(input)) throw fileProblem(Object.assign(new Error(), { code: 'ENOENT' }), input)
  // As the pattern is written, so are the names of what fits it.
  const options = { onlyFiles: true, absolute: isAbsolute(input) }
  const matched = inOrder((await glob(input.replaceAll('\\', '/'), options)).filter(isPictureName))
  check(matched.length > 0, () => `${input}: no picture fits the pattern.`)
  return matched
}

/**
 * Picture files, in the order given; those of folders and patterns in natural order. An input that names none is told, makes the
 * exit code 1 and costs no other its result. Throws `ConvokeError` where all name none.
 */
export const pictureFiles = (inputs: readonly string[]): Promise<string[]> => ofEach(inputs, picturesOf)

/** What each input gives, one after the other; tells of those that cannot be read, and throws where none can. */
async function ofEach(
  inputs: readonly string[],
  read: (input: string) => Promise<readonly string[]>,
): Promise<string[]> {
  const all: string[] = []
  const problems: ConvokeError[] = []
  for (const input of inputs) {
    try {
      for (const one of await read(input)) all.push(one)
    } catch (error) {
      if (!(error instanceof ConvokeError)) throw error
      problems.push(error)
    }
  }
  tellProblems(problems, all.length)
  return all
}

export type Reading = Pick<OpenOptions, 'encoding' | 'usualEncoding' | 'delimiter'>

/** How files are read for a run: in the encoding asked for, or else in UTF-8 or that of the run's data. */
export const readingOf = (config: RunConfig, { encoding }: { readonly encoding?: string | undefined }): Reading => ({
  encoding: encoding === undefined ? undefined : asUsage(() => data.encodingName(encoding)),
  usualEncoding: config.data.options.encoding ?? config.data.options.usualEncoding,
})

/** A single word with the ending of a text file, or with folders before one: a name with a slip, hardly a text. */
const looksLikeFile = (input: string): boolean => /^\S+\.(txt|csv|tsv|json|md)$/i.test(input.trim())

/**
 * Texts from arguments, from files (a line each), or from the standard input. An empty line is an empty text, so that rows stay those
 * of the file. A file that cannot be read costs no other its result.
 */
export async function texts(inputs: readonly string[], reading: Reading = {}): Promise<string[]> {
  const lines = (text: string): string[] => {
    const all = text.split(/\r\n?|\n/).map((line) => line.trim())
    // What follows the last line break is no line.
    return all.at(-1) === '' ? all.slice(0, -1) : all
  }
  const read = async (input: string): Promise<string[]> => {
    if (input === '-') return lines(textOf('the standard input', readFileSync(0), reading))
    // A name too long for a file is a text.
    if (input.length < 1000 && existsSync(input) && !statSync(input).isDirectory()) {
      if (/\.(csv|tsv)$/i.test(input))
        printNotes([`${input}: every line is read as one text, names of columns, labels and delimiters included.`])
      return lines(textOf(input, await readBytes(input), reading))
    }
    if (looksLikeFile(input)) throw fileProblem(Object.assign(new Error(), { code: 'ENOENT' }), input)
    return [input]
  }
  return ofEach(inputs, read)
}

/** Inputs without a result are told, and make the exit code 1. Throws the first problem where there is no other result. */
function tellProblems(problems: readonly ConvokeError[], results: number): void {
  if (problems.length === 0) return
  if (results === 0) throw problems[0]
  for (const { message } of problems) complain(message)
  process.exitCode = 1
}
