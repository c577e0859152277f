// What the command prints: results to stdout, notes and progress to stderr. A reader that goes away (`| head`) ends it quietly.

export function quietOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
      throw error
    })
  }
}

export const print = (text: string): void => {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2))

export const printNotes = (notes: readonly string[]): void => {
  for (const note of notes) process.stderr.write(`convoke: note: ${note}\n`)
}

/** Bold where the terminal shows it and the user has not asked for none (no-color.org). */
export const bold = (text: string): string =>
  process.stdout.isTTY && process.env['NO_COLOR'] === undefined ? `\u001B[1m${text}\u001B[22m` : text
