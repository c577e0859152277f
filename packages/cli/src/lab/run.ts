// `convoke lab`: serves the lab's page until it is ended.

import { fileURLToPath } from 'node:url'
import { readNumber } from '../options/numbers.ts'
import { print, printJson } from '../terminal/output.ts'
import { serveLab } from './serve.ts'

export interface LabText {
  readonly port?: string
  readonly open: boolean
  readonly json: boolean
}

/** Beside the bundled command: dist/lab. */
const folder = fileURLToPath(new URL('../lab', import.meta.url))

export async function runLab({ port, open, json }: LabText): Promise<void> {
  const { url } = await serveLab(folder, readNumber('port', port, { least: 1, most: 65535, whole: true }))
  if (json) printJson({ url })
  else print(`The lab is at ${url} (Ctrl-C stops it)`)
  if (open && process.stdout.isTTY) await openInBrowser(url)
}

/** Where there is no browser to open, the address that was printed is all there is to say. */
async function openInBrowser(url: string): Promise<void> {
  try {
    const { default: openPage } = await import('open')
    const opener = await openPage(url)
    opener.on('error', () => {})
  } catch {
    // As above.
  }
}
