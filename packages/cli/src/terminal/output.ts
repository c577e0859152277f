// What the command prints: results to stdout, notes and progress to stderr; nothing else writes to either. A reader that
// goes away (`| head`, a closed terminal) ends no work: what it would have read is dropped. Results that cannot be
// written for another reason are said so, and the command fails.

import { aboveBars, hasBar } from './bar.ts'
import { visible, visibleJson, visibleLines } from './visible.ts'
import { fitted } from './wrap.ts'

const words: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than is allowed here',
  EIO: 'the disk does not answer',
}

/** Which of several ranks this process is; null alone. */
let speaker: { readonly rank: number; readonly size: number } | null = null

/** Of several ranks the first alone prints; what the others complain of, they say with their number. */
export function setSpeaker(rank: number, size: number): void {
  speaker = { rank, size }
}

export const speakerNow = (): typeof speaker => speaker

/** `--quiet`: results and errors alone. */
let quiet = false

export function setQuiet(): void {
  quiet = true
}

export const isQuiet = (): boolean => quiet

const isSilent = (): boolean => speaker !== null && speaker.rank > 0

/** Streams that take nothing any more. */
const lost = new Set<NodeJS.WriteStream>()

/** A pipe without a reader, or a terminal that is gone. */
const isGone = ({ code }: NodeJS.ErrnoException, stream: NodeJS.WriteStream): boolean =>
  ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'ENXIO'].includes(code ?? '') || (code === 'EIO' && stream.isTTY)

export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (lost.has(stream)) return
      lost.add(stream)
      if (stream !== process.stdout || isGone(error, stream)) return
      process.exitCode = 1
      const why = words[error.code ?? ''] ?? error.message
      complain(`the standard output cannot be written: ${why}. Output files are still written.`)
    })
  }
}

const write = (stream: NodeJS.WriteStream, text: string): void => {
  if (!lost.has(stream)) aboveBars(() => stream.write(text.endsWith('\n') ? text : `${text}\n`))
}

/** Where bold text begins and ends: characters that no text has (Unicode's noncharacters). */
const [begin, end] = ['\uFDD0', '\uFDD1']

/** The lines as the terminal takes them; bold ends with its line, whatever a name holds. */
const shown = (text: string): string =>
  text.replace(/\uFDD0([^\uFDD0\uFDD1\n]*)\uFDD1?/g, '\u001B[1m$1\u001B[22m').replace(/[\uFDD0\uFDD1]/g, '')

/** Text of any number of lines. Names in it that may hold a line break go through `visible` first. */
export const print = (text: string): void => {
  if (!isSilent()) write(process.stdout, shown(visibleLines(text)))
}

/** What says how a work goes on; nothing where the answer is for a machine, or where the user wants results alone. */
export const narrator = (json: boolean): ((line: string) => void) | undefined =>
  json || quiet ? undefined : (text) => print(fitted(text))

export const printJson = (value: unknown): void => {
  if (!isSilent()) write(process.stdout, visibleJson(JSON.stringify(value, null, 2)))
}

export const printNotes = (notes: readonly string[]): void => {
  if (isSilent() || quiet) return
  for (const note of notes) complain(`note: ${note}`)
}

/** One line on stderr: `convoke: …`, with the number of the rank where there are several. */
export const complain = (text: string): void => {
  const who = isSilent() ? `rank ${speaker?.rank}: ` : ''
  write(process.stderr, `convoke: ${who}${visible(text)}`)
}

/** What a defect leaves behind, for its report. */
export const printStack = (stack: string): void => write(process.stderr, visibleLines(stack))

/** What an interrupted training says: on a line of its own, in place of a bar or else below the `^C` of the terminal. */
export const tellInterrupted = (text = 'finishing the step and saving; Ctrl-C again stops at once.'): void => {
  if (isSilent()) return
  if (!hasBar()) write(process.stderr, '')
  complain(text)
}

/** Bold where the terminal shows it and the user has not asked for none (no-color.org). */
export const bold = (text: string): string =>
  process.stdout.isTTY && !process.env['NO_COLOR']
    ? text
        .split('\n')
        .map((line) => (line === '' ? '' : begin + line + end))
        .join('\n')
    : text
