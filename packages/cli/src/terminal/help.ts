// How `--help` is laid out: as wide as the terminal, within what reads well; in a pipe as COLUMNS says, else at 80 columns.

import { Argument, type Command, type HelpConfiguration } from 'commander'
import { show } from 'convoke/shapes'
import { didYouMean } from 'convoke-workbench'
import { UsageError } from '../errors.ts'
import { lead, wrapped } from './wrap.ts'

const [narrowest, usual, widest] = [20, 80, 100]

export function helpWidth(): number {
  const columns = process.stdout.columns || Number(process.env['COLUMNS']) || usual
  return Math.max(narrowest, Math.min(columns, widest))
}

/** What somebody types is set in. */
const isTyped = (line: string): boolean => line.startsWith('  ')

/** Whether a line stands by itself: something to type, a heading, an entry of a list. */
const standsAlone = (line: string): boolean => line === '' || isTyped(line) || line.endsWith(':') || lead.test(line)

/** What follows the options of a command, whose lines end where its source ends them, at `width`. What is set in stays as it is. */
export function reflowed(text: string, width: number): string {
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const last = lines.at(-1)
    if (last === undefined || standsAlone(line) || standsAlone(last)) lines.push(line)
    else lines[lines.length - 1] = `${last} ${line.trimStart()}`
  }
  return lines.map((line) => (isTyped(line) ? line : wrapped(line, width))).join('\n')
}

/** Below this many columns for what is said of an option, it goes below the option. */
const leastBeside = 24

/** An argument, an option or a command, and what is said of it. */
function formatItem(term: string, termWidth: number, description: string, width: number): string {
  if (description === '') return `  ${term}`
  const beside = width - termWidth - 4
  const [head, start, room] =
    beside >= leastBeside
      ? [`  ${term.padEnd(termWidth)}  `, termWidth + 4, beside]
      : [`  ${term}\n      `, 6, width - 6]
  return head + wrapped(description, room).replaceAll('\n', `\n${' '.repeat(start)}`)
}

/** Defaults as one would type them; none for switches and lists, which are off and empty. */
export const helpLayout: HelpConfiguration = {
  boxWrap: wrapped,
  styleTitle: (title) => wrapped(title, helpWidth()),
  styleUsage: (usage) => wrapped(usage, helpWidth() - 'Usage: '.length).replaceAll('\n', '\n       '),
  formatItem: (term, termWidth, description, { helpWidth: width = usual }) =>
    formatItem(term, termWidth, description, width),
  optionDescription({ description, defaultValue }) {
    const isShown = typeof defaultValue === 'string' && defaultValue !== ''
    return isShown ? `${description} (default: ${defaultValue})` : description
  },
  argumentDescription: ({ description, argChoices }) =>
    argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`,
}

/** An argument that is one of a few words. Throws `UsageError`, with the word that may be meant, for any other. */
export function choiceArgument(name: string, description: string, choices: readonly string[]): Argument {
  return new Argument(name, description).choices([...choices]).argParser((given: string) => {
    if (choices.includes(given)) return given
    const what = name.replaceAll(/[[\]<>.]/g, '')
    throw new UsageError(
      `the ${what} is ${show(given)}. Use one of ${choices.join(', ')}.${didYouMean(given, choices)}`,
    )
  })
}

/** The command that the words name, as deep as they go, and the words after it. */
export function commandNamed(
  program: Command,
  words: readonly string[],
): { command: Command; rest: readonly string[] } {
  const command = program.commands.find((one) => one.name() === words[0])
  return command === undefined ? { command: program, rest: words } : commandNamed(command, words.slice(1))
}

/** `convoke data inspect` */
export const fullName = (command: Command): string =>
  command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`

/** `convoke help trian`: what there is no help for. Throws `UsageError`. */
export function checkHelpOf(program: Command, words: readonly string[]): void {
  const { command, rest } = commandNamed(program, words)
  const [help, topic] = rest
  if (help !== 'help' || topic === undefined || topic.startsWith('-')) return
  const known = command.commands.map((one) => one.name())
  const asked = commandNamed(command, rest.slice(1))
  if (known.length === 0 || asked.command !== command) return
  throw new UsageError(
    `there is no help on ${show(topic)}.${didYouMean(topic, known)} See \`${fullName(command)} --help\`.`,
  )
}
