// Text in lines that fit the terminal.

/** Columns of the terminal that results are printed on; undefined where they go to a pipe or a file. */
export const terminalColumns = (): number | undefined => process.stdout.columns || undefined

/** What begins a line of a list: `  classify  `. Further lines begin below what follows it. */
export const lead = /^ *\S+ {2,}/

/** Breaks each line at `width`, with the further lines of a list's entry set in. */
export function wrapped(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const start = lead.exec(line)?.[0] ?? ''
      const lines = [start]
      let empty = true
      for (const word of line.slice(start.length).split(' ')) {
        const last = lines.length - 1
        if (empty) lines[last] += word
        else if ([...lines[last]].length + 1 + [...word].length <= width) lines[last] += ` ${word}`
        else lines.push(' '.repeat(start.length) + word)
        empty = false
      }
      return lines
    })
    .join('\n')
}

/** Without the marks of bold text, which no terminal shows. */
const lengthOf = (line: string): number => [...line.replace(/[\uFDD0\uFDD1]/g, '')].length

function fittedLine(line: string, columns: number): string {
  if (lengthOf(line) <= columns) return line
  const indent = /^ */.exec(line)![0]
  const start = lead.exec(line)?.[0] ?? indent
  const isTable = /\S {2,}/.test(line.slice(start.length))
  if (isTable || start.length > columns / 2) return line
  return wrapped(line.trimStart(), columns - indent.length).replace(/^/gm, indent)
}

/** Breaks sentences between words where the terminal is too narrow for them, set in as they begin. Rows of tables stay as they are. */
export function fitted(text: string, columns = terminalColumns()): string {
  if (columns === undefined) return text
  return text
    .split('\n')
    .map((line) => fittedLine(line, columns))
    .join('\n')
}
